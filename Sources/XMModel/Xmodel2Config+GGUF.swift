// A network's shape and constants from GGUF metadata, for the architectures minicpm, granite and llama
// (docs/formats.md). Read next: GGUFKeys.swift (all other keys), WeightSource.swift, which finds the matrices.
// SPDX-License-Identifier: Apache-2.0

package import XMFormats

extension Xmodel2Config {
    /// A GGUF architecture that this network can represent.
    package enum GGUFArchitecture: String, CaseIterable, Sendable {
        case minicpm, granite, llama
    }

    /// Throws `CheckpointError.badConfiguration` for another architecture, an impossible shape, or a key that this
    /// network cannot honour; `GGUFError` for a missing key.
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
        try GGUFKeys.check(metadata, architecture)
        func key(_ name: String) -> String { "\(architecture.rawValue).\(name)" }
        func integer(_ name: String) throws -> Int { try metadata.required(key(name), metadata.integer) }
        let layers = try integer("block_count")
        func inEveryLayer(_ name: String) throws -> Int? { try metadata.integer(key(name), layers: layers) }
        let heads = try metadata.required(key("attention.head_count")) { _ in
            try inEveryLayer("attention.head_count")
        }
        // The embedding's row count is authoritative; `vocab_size` may be missing.
        self.init(
            vocabularySize: try gguf.tensor("token_embd.weight").shape.first ?? 0,
            hiddenSize: try integer("embedding_length"),
            intermediateSize: try metadata.required(key("feed_forward_length")) { _ in
                try inEveryLayer("feed_forward_length")
            },
            layers: layers, heads: heads, keyValueHeads: try inEveryLayer("attention.head_count_kv") ?? heads)
        maxPositions = try integer("context_length")
        normEps = Float(try metadata.required(key("attention.layer_norm_rms_epsilon"), metadata.number))
        // llama.cpp's defaults for absent keys.
        ropeTheta = try metadata.number(key("rope.freq_base")) ?? 10_000
        bosID = try metadata.token("tokenizer.ggml.bos_token_id") ?? 1
        eosID = try metadata.token("tokenizer.ggml.eos_token_id") ?? 2
        // A GGUF file states factors, never muP's constants; `withMuP` recovers them.
        mup = nil
        hasOwnHead = gguf.has("output.weight")
        try validate()
        for name in ["attention.key_length", "attention.value_length", "rope.dimension_count"] {
            guard let width = try metadata.integer(key(name)), width != headSize else { continue }
            throw ModelConfigError.unsupported(key: key(name), found: "\(width)", wanted: "\(headSize)")
        }
        // A window at least as long as the context has no effect.
        let window = key("attention.sliding_window")
        if let width = try metadata.integer(window), width != 0, width < maxPositions {
            throw ModelConfigError.unsupported(
                key: window, found: "\(width)", wanted: "none, or at least the context length (\(maxPositions))")
        }
        if architecture != .llama {
            multipliers = try Self.multipliers(architecture, metadata, layers: layers, D: hiddenSize)
        }
        if architecture != .granite { try requirePlainAttention(metadata, key("attention.scale")) }
        ropeFactors = try Self.ropeFactors(gguf, headSize: headSize, rope: key("rope."))
        try validate()
    }

    // minicpm and granite store factors; llama has none.
    private static func multipliers(
        _ architecture: GGUFArchitecture, _ metadata: GGUFMetadata, layers: Int, D: Int
    ) throws -> Multipliers {
        func number(_ name: String) throws -> Double? { try metadata.number("\(architecture.rawValue).\(name)") }
        let isMiniCPM = architecture == .minicpm
        var result = Multipliers()
        // Early converters omitted the keys; the defaults are MiniCPM's constants. 0 means "no factor".
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

    /// Only Granite may scale attention scores by something other than 1/sqrt(d); 0 means the default.
    private func requirePlainAttention(_ metadata: GGUFMetadata, _ key: String) throws {
        guard let scale = try metadata.number(key), scale != 0,
            AttentionScale(scale, headSize: headSize) != .inverseSquareRoot
        else { return }
        throw ModelConfigError.unsupported(key: key, found: "\(scale)", wanted: "1/sqrt(d) (\(softmaxScale))")
    }

    /// As llama.cpp reads them: a factor without a type is linear, `rope.scale_linear` is the older name of the factor,
    /// 0 means 1, and the divisors of a tensor multiply it.
    private static func ropeFactors(_ gguf: GGUFFile, headSize: Int, rope: String) throws -> [Float]? {
        let metadata = gguf.metadata
        let type = try metadata.string(rope + "scaling.type") ?? "linear"
        guard type == "none" || type == "linear" else {
            throw ModelConfigError.unsupported(key: rope + "scaling.type", found: type, wanted: "none, linear")
        }
        let key = [rope + "scaling.factor", rope + "scale_linear"].first { metadata[$0] != nil }
        let factor = try key.flatMap(metadata.number) ?? 0
        guard factor >= 0, Float(factor).isFinite else {
            throw ModelConfigError.invalid(key: key ?? rope, found: "\(factor)", wanted: "a positive number")
        }
        let divisor = type == "none" || factor == 0 ? 1 : Float(factor)
        let name = WeightNames.ggufRopeFactors
        guard gguf.has(name) else { return divisor == 1 ? nil : Array(repeating: divisor, count: headSize / 2) }
        let found = try gguf.tensor(name).shape
        guard found == [headSize / 2] else {
            throw CheckpointError.wrongShape(file: gguf.path, name: name, found: found, wanted: [headSize / 2])
        }
        return try gguf.floats(name).map { $0 * divisor }
    }
}
