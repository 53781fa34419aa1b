// A data section with its defaults written out. It is what config.yaml records and what the shards' recipe hash is
// computed from, so that an omitted key and a key set to its default are the same recipe.
// SPDX-License-Identifier: Apache-2.0

extension DataConfig {
    /// The section with every default filled in, except `shards`: null means "in the run folder".
    package var resolved: DataConfig {
        var full = self
        full.sources = sources.map(\.resolved)
        full.validation = (validation ?? []).map(\.resolved)
        full.shardTokens = shardTokens ?? Self.defaultShardTokens
        return full
    }
}

extension SourceConfig {
    /// Fills in only the keys that apply to the format; setting the others is an error.
    var resolved: SourceConfig {
        var full = self
        if format == .text { full.field = field ?? readerOptions.field }
        if format.isConversation {
            full.maskPrompt = maskPrompt ?? false
            full.render = render ?? .chat
        }
        return full
    }
}
