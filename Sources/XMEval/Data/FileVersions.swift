// Known versions of data files by their SHA-256, in the format of sha256sum with the version behind a "#":
// "HASH  path  # published". Scores on a file of another version may differ from published ones.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

struct FileVersions: Sendable {
    private let versionByHash: [String: String]

    struct Located {
        let url: URL
        /// The path under its data root; its last component may be a pattern.
        let path: String

        init(url: URL, pattern: String) {
            self.url = url
            let folders = pattern.split(separator: "/").dropLast()
            path = (folders.map(String.init) + [url.lastPathComponent]).joined(separator: "/")
        }
    }

    init(_ url: URL) throws {
        var versions: [String: String] = [:]
        for (index, line) in try DataRows.lines(url).enumerated() where !line.isEmpty && line.utf8.first != 0x23 {
            let parts = line.utf8.split(separator: UInt8(ascii: "#")).map {
                Scalars(String(Substring($0))).stripped().text
            }
            guard parts.count == 2, let hash = parts[0].utf8.split(separator: 0x20).first, hash.count == 64 else {
                throw DatasetError.badRow(
                    file: url.lastPathComponent, row: index + 1, reason: "is not 'SHA-256  path  # version'")
            }
            versions[String(Substring(hash))] = parts[1]
        }
        versionByHash = versions
    }

    func known(_ file: Located) throws -> DatasetTable.KnownFile {
        let hash = try SHA256.hex(ofFile: file.url)
        return DatasetTable.KnownFile(path: file.path, sha256: hash, version: versionByHash[hash])
    }
}
