// The hidden names of files and folders that are still being written; they get their real name when they are complete.
// A unique name never collides, whether the writers share a machine or only a network folder, and it tells who is
// writing, so that leftovers of killed programs can be recognised and removed.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

package enum PartialName {
    /// A file of another machine counts as abandoned when it has not been written to for this long.
    private static let abandonedSeconds = 86_400.0
    private static let suffix = ".partial"

    /// `.NAME.partial`: for a name with a single writer, which replaces what an interrupted run left.
    package static func fixed(_ name: String) -> String { ".\(name)\(suffix)" }

    /// `.NAME.HOST-PROCESS-RANDOM.partial`: for a name that several programs may write at the same time.
    package static func unique(_ name: String, host: String = host, process: Int32 = getpid()) -> String {
        fixed("\(name).\(host)-\(process)-\(String(UInt32.random(in: 0 ... .max), radix: 16))")
    }

    /// Whether a file or folder has a name of either form.
    package static func isPartial(_ name: String) -> Bool { name.hasPrefix(".") && name.hasSuffix(suffix) }

    /// This machine's name, reduced to letters and digits.
    package static let host: String = {
        var text = [CChar](repeating: 0, count: 256)
        gethostname(&text, text.count - 1)
        let name = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }.filter {
            UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20
        }
        return name.isEmpty ? "host" : String(decoding: name.prefix(24), as: UTF8.self)
    }()

    /// Folders that this program has searched already.
    private static let searched = Mutex<Set<String>>([])

    /// Removes what dead programs left in a folder. It searches a folder only once per program, since there may be very
    /// many files. Files of running programs stay.
    static func removeAbandoned(in folder: URL) {
        guard searched.withLock({ $0.insert(folder.path).inserted }) else { return }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        where isPartial(name) {
            let parts = name.split(separator: ".")
            let file = folder.appending(path: name).path
            if parts.count > 2, isAbandoned(file, writer: parts[parts.count - 2]) { unlink(file) }
        }
    }

    /// - Parameter writer: HOST-PROCESS-RANDOM; a name of another form is not ours.
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
