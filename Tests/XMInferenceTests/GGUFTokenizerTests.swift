// The tokenizer inside a real GGUF file against the ids that another implementation gave.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMFormats
import XMInference
import XMTestSupport
import XMTokenizer

private struct GoldenRows: Decodable {
    struct Row: Decodable {
        let text: String
        let ids: [Int32]
    }
    let rows: [Row]

    static var file: URL { GoldenModel.folder.url.appending(path: "smollm2.json") }
    static var isPresent: Bool { FileManager.default.fileExists(atPath: file.path) }
}

@Suite("GGUFTokenizerTests")
struct GGUFTokenizerTests {
    @Test(
        "SmolLM2's ids of every golden text, and back", .enabled(if: SmolLM2.isPresent, "\(SmolLM2.reason)"),
        .enabled(if: GoldenRows.isPresent, "no golden folder: set XMODEL_GOLDEN"))
    func smolLM2() throws {
        let gguf = try GGUFFile(SmolLM2.file)
        let tokenizer = try TokenizerVocabulary(gguf, file: SmolLM2.file.path).makeTokenizer()
        let golden = try JSONDecoder().decode(GoldenRows.self, from: Data(contentsOf: GoldenRows.file))
        #expect(!golden.rows.isEmpty)
        for row in golden.rows {
            #expect(tokenizer.encode(row.text) == row.ids, "\(row.text)")
            // Control symbols are not text: decoding leaves them out.
            let shown = tokenizer.controlSymbols.reduce(row.text) { $0.replacing($1, with: "") }
            #expect(tokenizer.decode(row.ids) == shown)
        }
        #expect(!tokenizer.encode("<|im_end|>", matchingSymbols: false).contains(tokenizer.eosID ?? -1))
    }

    @Test("a file without a vocabulary names the key")
    func missing() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "empty.gguf")
        var metadata = GGUFMetadata()
        metadata["general.architecture"] = .string("llama")
        try GGUFWriter.write([], metadata: metadata, to: file)
        #expect { _ = try TokenizerVocabulary(GGUFFile(file), file: file.path) } throws: {
            "\($0)".contains("tokenizer.ggml.model")
        }
    }
}
