// A data section with its defaults written out: what config.yaml holds, and what the identity of shards is made from,
// so that a key that is left out and one that has its default are the same recipe.
// SPDX-License-Identifier: Apache-2.0

extension DataConfig {
    /// The same section with every default. The folder of the shards stays as it is: null follows the run folder.
    package var resolved: DataConfig {
        var full = self
        full.sources = sources.map(\.resolved)
        full.validation = (validation ?? []).map(\.resolved)
        full.shardTokens = shardTokens ?? Self.defaultShardTokens
        return full
    }
}

extension SourceConfig {
    /// Only keys that the format has: the others must not be set.
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
