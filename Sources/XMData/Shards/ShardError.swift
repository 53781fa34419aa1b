// Errors in a folder of shards: each names the file, what was found, what was expected and what to do.
// SPDX-License-Identifier: Apache-2.0

package enum ShardError: Error, CustomStringConvertible, Equatable {
    case notPrepared(folder: String)
    case unfinished(folder: String, missing: Int, first: String)
    case badManifest(file: String, reason: String)
    case missing(file: String)
    case wrongSize(file: String, found: Int, wanted: Int)
    case wrongHash(file: String, found: String, wanted: String)
    case badContent(file: String, offset: Int, reason: String)
    /// The file changed while it was open.
    case changed(file: String, opened: Int, now: Int)
    case otherTokenizer(folder: String, found: String, wanted: String)
    case otherRecipe(folder: String, file: String)
    case changedInput(folder: String, input: String, found: Int, wanted: Int)
    case otherInputs(folder: String, made: String, found: String)
    case unknownSource(folder: String, name: String, known: [String])

    package var description: String {
        switch self {
        case .notPrepared(let folder):
            "\(folder): has no manifest.json, so its shards are not finished; run 'xmodel data prepare', or, after "
                + "preparing in parts, 'xmodel data merge'"
        case .unfinished(let folder, let missing, let first):
            "\(folder): \(missing) of the recipe's units are not finished, the first being \(first); run their parts, "
                + "then "
                + "merge again"
        case .badManifest(let file, let reason): "\(file): \(reason); prepare the folder again with --restart"
        case .missing(let file): "\(file): missing; prepare the folder again with --restart"
        case .wrongSize(let file, let found, let wanted):
            "\(file): has \(found) bytes but the manifest says \(wanted); prepare the folder again with --restart"
        case .wrongHash(let file, let found, let wanted):
            "\(file): its SHA-256 is \(found.prefix(12))… but the manifest says \(wanted.prefix(12))…; prepare the "
                + "folder again "
                + "with --restart"
        case .badContent(let file, let offset, let reason):
            "\(file): at byte \(offset): \(reason); prepare the folder again with --restart"
        case .changed(let file, let opened, let now):
            "\(file): changed while it was being read ("
                + (now == opened ? "something wrote to it" : "it had \(opened) bytes and now has \(now)")
                + "); restore the file or prepare the folder again, then run the same command to continue"
        case .otherTokenizer(let folder, let found, let wanted):
            "\(folder): was prepared with the tokenizer \(found.prefix(12))… but the recipe names "
                + "\(wanted.prefix(12))…; "
                + "use that tokenizer or another folder"
        case .otherRecipe(let folder, let file):
            "\(folder): \(file) was made from a different data section or tokenizer; choose another folder, or start "
                + "over "
                + "with --restart"
        case .changedInput(let folder, let input, let found, let wanted):
            "\(folder): \(input) had \(wanted) bytes when this folder was started and now has \(found); choose another "
                + "folder, or start over with --restart"
        case .otherInputs(let folder, let made, let found):
            "\(folder): was prepared from \(made), but the recipe now finds \(found); choose another folder, or start "
                + "over "
                + "with --restart"
        case .unknownSource(let folder, let name, let known):
            "\(folder): has no source '\(name)'; it has \(known.joined(separator: ", "))"
        }
    }
}
