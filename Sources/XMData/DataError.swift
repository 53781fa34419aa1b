// What can be wrong with data: each case names the file or key, what was found and what to do.
// SPDX-License-Identifier: Apache-2.0

package enum DataError: Error, CustomStringConvertible, Equatable {
    case missingFile(source: String, path: String, format: SourceConfig.Format)
    case unreadable(path: String, reason: String)
    case badRecord(path: String, line: Int, reason: String)
    /// A file of a source of `format: tokens`; `offset` in bytes.
    case badTokenFile(path: String, offset: Int, reason: String, vocabulary: Int)
    case emptySource(String)
    case unknownSource(key: String, name: String, known: [String])
    case badWeights(key: String, reason: String)
    case unknownCategory(source: String, name: String)
    case badKey(key: String, reason: String)
    case nothingKept(source: String, counts: [String: Int], first: SkippedSample?)
    case noEOS(tokenizer: String)

    package var description: String {
        switch self {
        case .missingFile(let source, let path, let format):
            "data source '\(source)': nothing to read at \(path); check data.sources and the data root (--data-root, "
                + "XMODEL_DATA); files that are read end in "
                + (format == .tokens ? ".bin" : DocumentFormat.extensions)
        case .unreadable(let path, let reason): "\(path): cannot be read (\(reason))"
        case .badRecord(let path, let line, let reason): "\(path):\(line): \(reason)"
        case .badTokenFile(let path, let offset, let reason, let vocabulary):
            "\(path): at byte \(offset): \(reason); a source of format tokens takes files of 16-bit little-endian ids, each "
                + "below \(vocabulary): write it anew with the recipe's tokenizer and 16-bit ids, name the tokenizer that made "
                + "it, or remove it from the source"
        case .emptySource(let name): "data source '\(name)' holds no text; give it files with content or remove it"
        case .unknownSource(let key, let name, let known):
            "\(key) names the source '\(name)', which data.sources does not define; defined: "
                + known.joined(separator: ", ")
        case .badWeights(let key, let reason): "\(key): \(reason)"
        case .unknownCategory(let source, let name):
            "the mixture names '\(source)/\(name)'; categories are "
                + InstructionCategory.allCases.map(\.rawValue).joined(separator: ", ")
        case .badKey(let key, let reason): "\(key) \(reason)"
        case .nothingKept(let source, let counts, let first):
            "data source '\(source)': none of its rows gave a document"
                + (counts.isEmpty
                    ? "; its files are empty"
                    : " ("
                        + counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(4).map {
                            "\($0.key) \($0.value)"
                        }.joined(separator: ", ")
                        + (first.map { "; the first: \($0.file) row \($0.row), \($0.detail)" } ?? "")
                        + "); check its format, field and fields")
        case .noEOS(let tokenizer):
            "\(tokenizer): the tokenizer has no EOS token to end documents with; name eos_token in tokenizer_config.json, or "
                + "use another tokenizer"
        }
    }
}
