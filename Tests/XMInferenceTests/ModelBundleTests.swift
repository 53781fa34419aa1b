// Model files that change while they are read, carry somebody else's tokenizer, or are damaged anywhere: an error that
// says so, never a crash and never a model that is not the one asked for.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMFormats
import XMInference
import XMModel
import XMSupport
import XMTensor
import XMTestSupport
import XMTokenizer

@Suite("ModelBundleTests")
struct ModelBundleTests {
    private let folder: TemporaryFolder
    private let pool = ThreadPool(threadCount: 2)

    init() throws {
        folder = try TemporaryFolder()
    }

    private func load(_ file: ModelBundle) throws -> LoadedModel {
        try LoadedModel(
            file, backend: CPUBackend(compute: .f32, pool: pool), shape: EngineShape(slots: 1, capacity: 32))
    }

    private static func config() -> Xmodel2Config {
        var config = Xmodel2Config(
            vocabularySize: 270, hiddenSize: 32, intermediateSize: 64, layers: 2, heads: 2, keyValueHeads: 1)
        config.maxPositions = 64
        return config
    }

    private func writeGGUF(type: String = "q8_0") throws -> URL {
        let file = folder.url.appending(path: "model.gguf")
        let tokenizer = try SentencePieceTokenizer(model: TinySentencePiece.file)
        try GGUFExport.write(
            RandomWeights(Self.config(), seed: 1),
            tokenizer: TokenizerExport(tokenizer, file: TinySentencePiece.file), name: "tiny", as: .granite,
            preset: QuantizationPreset(name: type), to: file, pool: pool)
        return file
    }

    private func writeFolder() throws -> URL {
        let target = folder.url.appending(path: "model")
        let tokenizer = try SentencePieceTokenizer(model: TinySentencePiece.file)
        try FolderExport.write(
            RandomWeights(Self.config(), seed: 1),
            tokenizer: TokenizerExport(tokenizer, file: TinySentencePiece.file), as: .xmodel, type: .f32, to: target,
            pool: pool)
        return target
    }

    private func cut(_ url: URL, to size: (Int) -> Int) throws {
        let handle = try FileHandle(forWritingTo: url)
        try handle.truncate(atOffset: UInt64(size(Int(try handle.seekToEnd()))))
        try handle.close()
    }

    @Test(
        "a file that is cut after it was opened stops loading and converting with an error",
        arguments: ["gguf", "folder"], [0, 1, 2])
    func cutWhileReading(kind: String, part: Int) throws {
        let model = try kind == "gguf" ? writeGGUF() : writeFolder()
        let weights = kind == "gguf" ? model : model.appending(path: "model.safetensors")
        let file = try ModelBundle(model.path)
        let source = kind == "gguf" ? try GGUFFile(model) : nil
        // To nothing, in the middle, by the last byte.
        try cut(weights) { size in [0, size / 2, size - 1][part] }
        let target = folder.url.appending(path: "target.gguf")
        var attempts: [() throws -> Void] = [
            { _ = try load(file) },
            {
                try GGUFExport.write(
                    file.weights, tokenizer: TokenizerExport(numbered: 270), name: "x", as: .granite,
                    preset: QuantizationPreset(name: "f32"), to: target, pool: pool)
            },
        ]
        if let source {
            for type in ["f32", "q8_0"] {
                attempts.append {
                    try Requantization.write(
                        source, preset: QuantizationPreset(name: type), to: target, pool: pool)
                }
            }
        }
        for attempt in attempts {
            #expect { try attempt() } throws: { error in
                if case FileError.changed(let path, _, _) = error { path == weights.path } else { false }
            }
        }
        #expect(!FileManager.default.fileExists(atPath: target.path))
        // Opened now, the header or the tensors do not fit the file.
        #expect { try ModelBundle(model.path) } throws: { "\($0)".hasPrefix(weights.path) }
    }

    @Test("a file that is cut or gone after loading does no harm")
    func cutAfterLoading() throws {
        let url = try writeGGUF()
        let loaded = try load(ModelBundle(url.path))
        let request = EngineRequest(prompt: [5, 6], generation: GenerationOptions(maxTokens: 8))
        let before = try loaded.engine.run([request])[0].tokens
        try cut(url) { _ in 0 }
        #expect(try loaded.engine.run([request])[0].tokens == before)
        try FileManager.default.removeItem(at: url)
        #expect(try loaded.engine.run([request])[0].tokens == before)
    }

    @Test("a tokenizer is to have a piece for every row but spare ones")
    func tokenizers() throws {
        let url = folder.url
        try TinyModelFolder.write(to: url)
        let pieces = try ModelBundle(url.path).tokenizer.vocabularySize
        try TinyModelFolder.write(to: url, rows: pieces + 112)
        #expect(try ModelBundle(url.path).config.vocabularySize == pieces + 112)
        for rows in [2 * pieces + 2, 65_280] {
            try TinyModelFolder.write(to: url, rows: rows)
            #expect {
                try ModelBundle(url.path)
            } throws: { error in
                [url.path, "\(pieces) pieces", "\(rows) rows"].allSatisfy { "\(error)".contains($0) }
            }
        }
        try TinyModelFolder.write(to: url, rows: pieces - 1)
        #expect { try ModelBundle(url.path) } throws: { "\($0)".contains("\(pieces) pieces and the embedding") }
    }

    @Test("damaged GGUF files and folders end in an error or a model, never in a crash", arguments: ["gguf", "folder"])
    func fuzz(kind: String) throws {
        let model = try kind == "gguf" ? writeGGUF() : writeFolder()
        let files =
            kind == "gguf"
            ? [model] : ["model.safetensors", "config.json"].map { model.appending(path: $0) }
        let originals = try files.map { try Data(contentsOf: $0) }
        var random = RandomStream(seed: 3, "fuzz", kind == "gguf" ? 0 : 1)
        /// Numbers that hurt where a count, a size or an offset stands.
        let evil: [UInt64] = [0, 1, 0xff, 0xffff, 1 << 24, 1 << 31, 1 << 32, 1 << 40, 1 << 63, .max]
        var refused = 0
        let rounds = 600
        for round in 0..<rounds {
            let which = round % files.count
            var data = originals[which]
            // The header and a little of the data; a GGUF header's vocabulary is passed over now and then.
            let end = min(data.count, [400, 3000, data.count][Int.random(in: 0..<3, using: &random)])
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<end, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    let value = evil[Int.random(in: 0..<evil.count, using: &random)]
                    withUnsafeBytes(of: value.littleEndian) { bytes in
                        for (index, byte) in bytes.enumerated() where place + index < data.count {
                            data[place + index] = byte
                        }
                    }
                // A digit becomes another: what a safetensors header and config.json consist of.
                case 1 where UInt8(ascii: "0")...UInt8(ascii: "9") ~= data[place]:
                    data[place] = UInt8(ascii: "0") + UInt8.random(in: 0...9, using: &random)
                case 2: data = data.prefix(Int.random(in: 0...data.count, using: &random))
                default: data[place] = UInt8.random(in: 0...255, using: &random)
                }
                if data.count < end { break }
            }
            try data.write(to: files[which])
            do {
                _ = try load(ModelBundle(model.path))
            } catch {
                refused += 1
                #expect(!"\(error)".isEmpty)
            }
            try originals[which].write(to: files[which])
        }
        #expect(refused > rounds / 4 && refused < rounds, "\(refused)")
    }
}
