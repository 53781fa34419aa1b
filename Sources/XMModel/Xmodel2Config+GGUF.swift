// A network's shape and constants from GGUF metadata, for the architectures minicpm, granite and llama (model.md 4.2).
// Read next: WeightSource.swift, which finds the matrices.
// SPDX-License-Identifier: Apache-2.0

package import XMFormats

extension Xmodel2Config {
    /// An architecture of GGUF files that this network can be.
    package enum GGUFArchitecture: String, CaseIterable, Sendable {
        case minicpm, granite, llama
    }

    /// Throws `CheckpointError.badConfiguration` for another architecture or a shape that cannot be, `GGUFError` for a
    /// missing key.
    package init(_ gguf: GGUFFile) throws {
        do {
            try self.init(reading: gguf)
        } catch let error as ModelConfigError {
            throw CheckpointError.badConfiguration(file: gguf.path, error)
        }
    }

    private init(reading gguf: GGUFFile) throws {
        let metadata = gguf.metadata
        let name = try metadata.required("general.architecture", metadata.string)
        guard let architecture = GGUFArchitecture(rawValue: name) else {
            throw ModelConfigError.unsupported(
                key: "general.architecture", found: "'\(name)'",
                wanted: GGUFArchitecture.allCases.map(\.rawValue).joined(separator: ", "))
        }
        func key(_ name: String) -> String { "\(architecture.rawValue).\(name)" }
        func integer(_ name: String) throws -> Int { try metadata.required(key(name), metadata.integer) }
        let heads = try integer("attention.head_count")
        // The number of rows of the embedding is what counts; `vocab_size` may be missing.
        self.init(
            vocabularySize: try gguf.tensor("token_embd.weight").shape.first ?? 0,
            hiddenSize: try integer("embedding_length"), intermediateSize: try integer("feed_forward_length"),
            layers: try integer("block_count"), heads: heads,
            keyValueHeads: try metadata.integer(key("attention.head_count_kv")) ?? heads)
        maxPositions = try integer("context_length")
        normEps = Float(try metadata.required(key("attention.layer_norm_rms_epsilon"), metadata.number))
        ropeTheta = try metadata.number(key("rope.freq_base")) ?? 10_000
        bosID = try metadata.integer("tokenizer.ggml.bos_token_id") ?? 1
        eosID = try metadata.integer("tokenizer.ggml.eos_token_id") ?? 2
        mup = nil
        hasOwnHead = gguf.has("output.weight")
        try validate()
        for name in ["attention.key_length", "attention.value_length", "rope.dimension_count"] {
            guard let width = try metadata.integer(key(name)), width != headSize else { continue }
            throw ModelConfigError.unsupported(key: key(name), found: "\(width)", wanted: "\(headSize)")
        }
        if let experts = try metadata.integer(key("expert_count")), experts > 0 {
            throw ModelConfigError.unsupported(key: key("expert_count"), found: "\(experts)", wanted: "0")
        }
        if architecture != .llama {
            multipliers = try Self.multipliers(architecture, metadata, layers: layers, D: hiddenSize)
        }
        ropeFactors = try Self.ropeFactors(gguf, headSize: headSize, scaling: key("rope.scaling."))
        try validate()
    }

    private static func multipliers(
        _ architecture: GGUFArchitecture, _ metadata: GGUFMetadata, layers: Int, D: Int
    ) throws -> Multipliers {
        func number(_ name: String) throws -> Double? { try metadata.number("\(architecture.rawValue).\(name)") }
        let isMiniCPM = architecture == .minicpm
        var result = Multipliers()
        // Files of the first converters lack the keys; the constants are MiniCPM's. 0 stands for "no factor".
        let embedding = try number("embedding_scale") ?? (isMiniCPM ? 12 : 1)
        let residual = try number("residual_scale") ?? (isMiniCPM ? 1.4 / Double(layers).squareRoot() : 1)
        result.embedding = embedding == 0 ? 1 : embedding
        result.residual = residual == 0 ? 1 : residual
        result.logitsDivisor =
            isMiniCPM
            ? try number("logit_scale") ?? Double(D) / 256
            : try metadata.required("granite.logit_scale", metadata.number)
        result.softmax = isMiniCPM ? nil : try number("attention.scale").flatMap { $0 == 0 ? nil : $0 }
        return result
    }

    private static func ropeFactors(_ gguf: GGUFFile, headSize: Int, scaling: String) throws -> [Float]? {
        let name = WeightNames.ggufRopeFactors
        if gguf.has(name) {
            let found = try gguf.tensor(name).shape
            guard found == [headSize / 2] else {
                throw CheckpointError.wrongShape(file: gguf.path, name: name, found: found, wanted: [headSize / 2])
            }
            return try gguf.floats(name)
        }
        switch try gguf.metadata.string(scaling + "type") ?? "none" {
        case "none": return nil
        case "linear":
            let factor = try gguf.metadata.required(scaling + "factor", gguf.metadata.number)
            return factor == 1 ? nil : Array(repeating: Float(factor), count: headSize / 2)
        case let other:
            throw ModelConfigError.unsupported(key: scaling + "type", found: other, wanted: "none, linear")
        }
    }
}
