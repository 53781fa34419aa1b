// Memory of the KV cache, computed from the layers and heads in a file's metadata.
// SPDX-License-Identifier: Apache-2.0

package import XMTensor

/// The dimensions that determine the size of a KV cache.
package struct CacheShape: Sendable, Equatable, Encodable {
    package let layers: Int
    /// Total of key/value heads over all layers: K * L if all layers are equal.
    package let keyValueHeads: Int
    package let keyWidth: Int
    package let valueWidth: Int
    /// The model's context length.
    package let contextLength: Int?

    private enum CodingKeys: String, CodingKey {
        case layers
        case keyValueHeads = "key_value_heads"
        case keyWidth = "key_width"
        case valueWidth = "value_width"
        case contextLength = "context_length"
    }

    /// Nil if a dimension is missing, below 1, or implausibly large.
    init?(layers: Int?, keyValueHeads: Int?, keyWidth: Int?, valueWidth: Int?, contextLength: Int?) {
        guard let layers, let keyValueHeads, let keyWidth, let valueWidth,
            [layers, keyValueHeads, keyWidth, valueWidth, contextLength ?? 1].allSatisfy({ 1...1 << 24 ~= $0 }),
            // These limits keep the products below from overflowing.
            keyValueHeads.multipliedReportingOverflow(by: keyWidth + valueWidth).partialValue <= 1 << 32
        else { return nil }
        (self.layers, self.keyValueHeads, self.contextLength) = (layers, keyValueHeads, contextLength)
        (self.keyWidth, self.valueWidth) = (keyWidth, valueWidth)
    }

    /// Bytes for one sequence of `positions` tokens.
    package func sizeBytes(positions: Int, type: CacheType) -> Int {
        positions * keyValueHeads * (type.rowBytes(width: keyWidth) + type.rowBytes(width: valueWidth))
    }

    /// Lengths to show: a few powers of two below the context length, and the context length.
    package var shownLengths: [Int] {
        let most = contextLength ?? 32_768
        return [512, 2048, 8192, 32_768, 131_072].filter { $0 < most } + [most]
    }

    /// From the keys of the GGUF specification, "LLM" section: `<architecture>.block_count` and so on.
    package init?(_ metadata: GGUFMetadata) {
        guard case .string(let name)? = metadata["general.architecture"] else { return nil }
        func integer(_ key: String) -> Int? { metadata["\(name).\(key)"]?.integer }
        let layers = integer("block_count")
        /// Total of heads over all layers, from one count for all layers or a list of counts.
        func total(_ key: String) -> Int? {
            if let heads = integer(key) { return Self.total(heads, layers) }
            guard let list = try? metadata.integers("\(name).\(key)"), list.count == layers,
                list.allSatisfy({ 0...1 << 24 ~= $0 })
            else { return nil }
            return list.reduce(0, +)
        }
        let own = "attention.head_count_kv"
        let hasOwn = metadata["\(name).\(own)"] != nil
        let heads = try? metadata.integer("\(name).attention.head_count", layers: layers ?? 0)
        let width = Self.headWidth(hidden: integer("embedding_length"), heads: heads)
        self.init(
            layers: layers, keyValueHeads: total(hasOwn ? own : "attention.head_count"),
            keyWidth: integer("attention.key_length") ?? width,
            valueWidth: integer("attention.value_length") ?? width,
            contextLength: integer("context_length"))
    }

    /// From the keys of a Hugging Face `config.json`.
    init?(config: [String: MetadataText]) {
        func integer(_ key: String) -> Int? {
            if case .integer(let value)? = config[key] { value } else { nil }
        }
        let layers = integer("num_hidden_layers")
        let heads = integer("num_attention_heads")
        let width = integer("head_dim") ?? Self.headWidth(hidden: integer("hidden_size"), heads: heads)
        self.init(
            layers: layers, keyValueHeads: Self.total(integer("num_key_value_heads") ?? heads, layers),
            keyWidth: width, valueWidth: width, contextLength: integer("max_position_embeddings"))
    }

    private static func headWidth(hidden: Int?, heads: Int?) -> Int? {
        guard let hidden, let heads, heads >= 1 else { return nil }
        return hidden / heads
    }

    private static func total(_ heads: Int?, _ layers: Int?) -> Int? {
        guard let heads, let layers else { return nil }
        let product = heads.multipliedReportingOverflow(by: layers)
        return product.overflow ? nil : product.partialValue
    }
}
