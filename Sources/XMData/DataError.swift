// Errors in training data: each names the file or key, what was found and what to do.
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
            "data source '\(source)': no files found at \(path); check data.sources and the data root (--data-root, "
                + "XMODEL_DATA); supported files end in "
                + (format == .tokens ? ".bin" : DocumentFormat.extensions)
        case .unreadable(let path, let reason): "\(path): cannot be read (\(reason))"
        case .badRecord(let path, let line, let reason): "\(path):\(line): \(reason)"
        case .badTokenFile(let path, let offset, let reason, let vocabulary):
            "\(path): at byte \(offset): \(reason); a source of format tokens reads files of 16-bit little-endian ids "
                + "below "
                + "\(vocabulary): rewrite the file with the recipe's tokenizer and 16-bit ids, set data.tokenizer to "
                + "the one "
                + "that made it, or remove it from the source"
        case .emptySource(let name): "data source '\(name)' contains no text; give it files with content or remove it"
        case .unknownSource(let key, let name, let known):
            "\(key) names the source '\(name)', which is not defined in data.sources; defined: "
                + known.joined(separator: ", ")
        case .badWeights(let key, let reason): "\(key): \(reason)"
        case .unknownCategory(let source, let name):
            "the mixture names '\(source)/\(name)', but '\(name)' is not a category; categories are "
                + InstructionCategory.allCases.map(\.rawValue).joined(separator: ", ")
        case .badKey(let key, let reason): "\(key) \(reason)"
        case .nothingKept(let source, let counts, let first):
            "data source '\(source)': no record yielded a document"
                + (counts.isEmpty
                    ? "; its files are empty"
                    : " ("
                        + counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(4).map {
                            "\($0.key) \($0.value)"
                        }.joined(separator: ", ")
                        + (first.map { "; first: \($0.file), record \($0.record): \($0.detail)" } ?? "")
                        + "); check its format, field and fields")
        case .noEOS(let tokenizer):
            "\(tokenizer): the tokenizer has no EOS token to end documents with; name eos_token in tokenizer_config.json, or "
                + "use another tokenizer"
        }
    }
}
