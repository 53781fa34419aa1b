// The folders that hold published data. A file is taken from the first that has it, so that what is missing in one,
// such as others' worked examples, may lie in a second.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package struct DataRoots: Sendable {
    package let folders: [URL]

    package init(_ folders: [URL]) { self.folders = folders }

    /// The file at a relative path. The last component may contain "*": then all matching files of the first folder
    /// that has any, in the order of the numbers in their names, then of their names.
    func files(_ path: String) -> [URL] {
        guard path.utf8.contains(UInt8(ascii: "*")) else {
            return folders.map { $0.appending(path: path) }.filter { FileManager.default.fileExists(atPath: $0.path) }
                .prefix(1).map { $0 }
        }
        let parts = path.split(separator: "/").map(String.init)
        let pattern = (parts.last ?? "").split(separator: "*", omittingEmptySubsequences: false).map(String.init)
        for root in folders {
            let folder = root.appending(path: parts.dropLast().joined(separator: "/"))
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            // One star: what is before it and what is behind it.
            let found = names.filter { $0.hasPrefix(pattern[0]) && $0.hasSuffix(pattern[pattern.count - 1]) }
            if !found.isEmpty { return found.sorted(by: Self.precedes).map { folder.appending(path: $0) } }
        }
        return []
    }

    /// "2.json" before "10.json".
    private static func precedes(_ left: String, _ right: String) -> Bool {
        func number(_ name: String) -> Int? { Int(Substring(name.utf8.prefix { $0 != UInt8(ascii: ".") })) }
        if let a = number(left), let b = number(right), a != b { return a < b }
        return left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
