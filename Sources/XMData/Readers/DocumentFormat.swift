// File formats, recognized by file name; compression is recognized by a file's first bytes.
// SPDX-License-Identifier: Apache-2.0

package enum DocumentFormat: String, Codable, Sendable, CaseIterable {
    case text
    case jsonLines = "jsonl"
    /// A list of objects, a sequence of objects, or a single object.
    case json
    case csv
    case tsv
    case parquet

    /// The format of a file name's extension, ignoring `.gz` and `.zst`.
    package init?(name: String) {
        var components = name.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        if components.count > 1, Compression(extension: components[components.count - 1]) != nil {
            components.removeLast()
        }
        guard components.count > 1, let last = components.last else { return nil }
        switch last {
        case "txt", "text", "md", "markdown": self = .text
        case "jsonl", "ndjson": self = .jsonLines
        case "json": self = .json
        case "csv": self = .csv
        case "tsv": self = .tsv
        case "parquet": self = .parquet
        default: return nil
        }
    }

    /// All extensions, for error messages.
    static let extensions = ".txt, .md, .jsonl, .json, .csv, .tsv (each also with .gz or .zst), .parquet"
}

enum Compression: String {
    case gzip
    case zstd

    init?(extension name: some StringProtocol) {
        switch name {
        case "gz": self = .gzip
        case "zst", "zstd": self = .zstd
        default: return nil
        }
    }

    init?(magic: [UInt8]) {
        if magic.starts(with: [0x1F, 0x8B]) {
            self = .gzip
        } else if magic.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
            || magic.count >= 4 && magic[0] & 0xF0 == 0x50 && magic[1...3] == [0x2A, 0x4D, 0x18]
        {
            self = .zstd  // a frame, or the skippable frame that parallel compressors (pzstd) begin with
        } else {
            return nil
        }
    }
}
