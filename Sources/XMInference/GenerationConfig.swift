// The file generation_config.json of Hugging Face folders, as far as it is needed: where a generation begins and ends.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMModel

struct GenerationConfig: Codable, Sendable, Equatable {
    var bos_token_id: Int32?
    /// One id or a list in the file.
    var eos_token_id: [Int32]?

    private static let name = "generation_config.json"

    init(bos: Int32?, stops: [Int32]) { (bos_token_id, eos_token_id) = (bos, stops) }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // Some models begin with a list of tokens; that is nothing to us.
        bos_token_id = try? container.decodeIfPresent(Int32.self, forKey: .bos_token_id)
        if let one = try? container.decodeIfPresent(Int32.self, forKey: .eos_token_id) {
            eos_token_id = [one]
        } else {
            eos_token_id = try container.decodeIfPresent([Int32].self, forKey: .eos_token_id)
        }
    }

    /// The file of a folder; nil without one. Throws `CheckpointError.unreadable`.
    static func read(folder: URL) throws -> GenerationConfig? {
        let file = folder.appending(path: name)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        do {
            return try JSONDecoder().decode(GenerationConfig.self, from: Data(contentsOf: file))
        } catch {
            throw CheckpointError.unreadable(
                file: file.path, cause: "eos_token_id must be an id or a list of ids (\(error.localizedDescription))")
        }
    }

    func write(to folder: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(self).write(to: folder.appending(path: Self.name))
    }
}
