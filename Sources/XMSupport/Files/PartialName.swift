// The hidden names under which files are written before they get their own: no two writers share one, on one machine or
// on many that share a folder. A name says who writes, so that what a killed program left can be told and removed.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

package enum PartialName {
    /// A file of another machine that nobody wrote to for so long belongs to a dead program.
    private static let abandonedSeconds = 86_400.0

    /// `.NAME.HOST-PROCESS-RANDOM.partial`
    package static func unique(_ name: String, host: String = host, process: Int32 = getpid()) -> String {
        ".\(name).\(host)-\(process)-\(String(UInt32.random(in: 0 ... .max), radix: 16)).partial"
    }

    /// This machine's name, of letters and digits only.
    package static let host: String = {
        var text = [CChar](repeating: 0, count: 256)
        gethostname(&text, text.count - 1)
        let name = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }.filter {
            UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20
        }
        return name.isEmpty ? "host" : String(decoding: name.prefix(24), as: UTF8.self)
    }()

    /// Folders that this program has searched.
    private static let searched = Mutex<Set<String>>([])

    /// Removes what dead programs left in a folder, once for a program: a folder may hold very many files. What a
    /// living program writes stays.
    static func removeAbandoned(in folder: URL) {
        guard searched.withLock({ $0.insert(folder.path).inserted }) else { return }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        where name.hasPrefix(".") && name.hasSuffix(".partial") {
            let parts = name.split(separator: ".")
            let file = folder.appending(path: name).path
            if parts.count > 2, isAbandoned(file, writer: parts[parts.count - 2]) { unlink(file) }
        }
    }

    /// `writer`: HOST-PROCESS-RANDOM; a name of another form is not from here.
    private static func isAbandoned(_ file: String, writer: Substring) -> Bool {
        let parts = writer.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let process = Int32(parts[1]), process > 0, UInt32(parts[2], radix: 16) != nil
        else { return false }
        if parts[0] == host { return kill(process, 0) != 0 && errno == ESRCH }
        var status = stat()
        guard stat(file, &status) == 0 else { return false }
        return Date().timeIntervalSince1970 - Double(status.st_mtim.tv_sec) > abandonedSeconds
    }
}
