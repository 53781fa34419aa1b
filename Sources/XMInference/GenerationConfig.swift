// Where a generation begins and ends, from a Hugging Face folder: generation_config.json, or the same keys in
// config.json if that file is absent. Their other keys about decoding are reported and not followed: the command line
// decides.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMFormats
import XMModel
import XMSupport
import XMTokenizer

struct GenerationConfig: Encodable, Sendable, Equatable {
    var bos_token_id: Int32?
    /// One id or a list in the file.
    var eos_token_id: [Int32]?

    private static let name = "generation_config.json"

    init(bos: Int32?, stops: [Int32]) { (bos_token_id, eos_token_id) = (bos, stops) }

    /// One id, a list of ids, or none where the key is absent or null; nil for anything else.
    private static func ids(_ value: JSONValue?) -> [Int32]? {
        guard let value, value != .null else { return [] }
        let elements = value.array ?? [value]
        let ids = elements.compactMap { $0.integer.flatMap(Int32.init(exactly:)) }
        return ids.count == elements.count ? ids : nil
    }

    /// The tokens that end an answer of a folder's model, and notes on keys that have no effect. Without
    /// generation_config.json, transformers takes the keys of config.json (`GenerationConfig.from_model_config`).
    static func ends(folder: URL, _ tokenizer: any Tokenizer) throws -> (ids: Set<Int32>, notes: [String]) {
        let configFile = HuggingFaceFolder.configFile(folder)
        let config = try HuggingFaceFolder.config(folder)
        let members = try Self.members(config, of: configFile)
        let unknown = ConfigKeys.unknown(in: members)
        var notes: [String] = []
        if !unknown.isEmpty {
            notes.append(
                "\(configFile.path): passed over, since they are unknown: \(unknown.joined(separator: ", ")); where they "
                    + "change what the model computes, its answers are not those of the original")
        }
        let own = folder.appending(path: name)
        let hasOwn = FileManager.default.fileExists(atPath: own.path)
        let file = hasOwn ? own : configFile
        let data = hasOwn ? try Data(contentsOf: own) : config
        let settings = try Self.members(data, of: file)
        guard let ends = Self.ids(settings["eos_token_id"]) else {
            throw CheckpointError.unreadable(file: file.path, cause: "eos_token_id must be an id or a list of ids")
        }
        notes += decodingNote(settings, of: file, isOwn: hasOwn)
        let pieces = 0..<Int32(tokenizer.vocabularySize)
        for id in ends where !pieces.contains(id) {
            notes.append(
                "\(file.path): eos_token_id \(id) is no token of the vocabulary, which has \(pieces.count); it is passed "
                    + "over")
        }
        let symbols = EndTokens.turnEnds.compactMap { tokenizer.id(of: $0) }
        return (Set([tokenizer.eosID].compactMap(\.self) + ends.filter(pieces.contains) + symbols), notes)
    }

    /// A note on the keys that would decode differently from what the command line asks for.
    private static func decodingNote(_ members: JSONObject, of file: URL, isOwn: Bool) -> [String] {
        let samples = members["do_sample"] == .bool(true)
        var found = ConfigKeys.decoding.violations(members)
            .filter { samples || !ConfigKeys.samplingOnly.contains($0.key) }.map { "\($0.key) \($0.found)" }
        if isOwn { found += ConfigKeys.unknownDecoding(in: members) }
        guard !found.isEmpty else { return [] }
        return [
            "\(file.path): passed over: \(found.joined(separator: ", ")); the command line says how tokens are chosen"
        ]
    }

    private static func members(_ data: Data, of file: URL) throws -> JSONObject {
        guard let members = try? JSONValue.parse(data).object else {
            throw CheckpointError.unreadable(file: file.path, cause: "not a JSON object; copy the folder again")
        }
        return members
    }

    func write(to folder: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(self).write(to: folder.appending(path: Self.name))
    }
}
