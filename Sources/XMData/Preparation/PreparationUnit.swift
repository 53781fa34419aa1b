// How a recipe's work is divided: into units of a few neighbouring input files of one source, regardless of who does
// them. With --part i/n a process takes every n-th unit, so that n processes together write the same files as one.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// A process's share of the units: i of n, counted from 1.
package struct PreparationPart: Sendable, Equatable, CustomStringConvertible {
    package let index: Int
    package let count: Int

    package static let most = 1_000_000

    /// Parses "3/8".
    package init?(_ text: String) {
        let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let index = numbers[0], let count = numbers[1], index >= 1, index <= count,
            count <= Self.most
        else { return nil }
        (self.index, self.count) = (index, count)
    }

    package var description: String { "\(index)/\(count)" }

    /// Whether the share contains the unit with this index.
    func has(_ unit: Int) -> Bool { unit % count == index - 1 }
}

/// The work that one process does in one go: a few input files of one source, read to their end and written as shards.
package struct PreparationUnit: Sendable {
    package struct Input: Sendable {
        /// Relative to the data root.
        package let path: String
        package let url: URL
        package let sizeBytes: Int
        /// Nil for token files.
        package let document: DocumentFile?
    }

    /// Index among all units of the recipe.
    package let index: Int
    package let source: SourceConfig
    /// Index among the units of its source.
    package let number: Int
    package let inputs: [Input]
    /// Index of its first file among all files of the recipe.
    package let firstFile: Int

    /// "books/00003"
    package var name: String { "\(source.name)/" + String(format: "%05d", number) }
    package var sizeBytes: Int { inputs.reduce(0) { $0 + $1.sizeBytes } }

    /// All units of a recipe. Files are grouped until they hold the text of about one shard (at four bytes per token);
    /// a larger file is a unit by itself and gives several shards.
    package static func all(_ config: DataConfig, root: URL) throws -> [PreparationUnit] {
        let wanted = 4 * (config.shardTokens ?? DataConfig.defaultShardTokens)
        var units: [PreparationUnit] = []
        var files = 0
        for source in config.sources {
            var number = 0
            var gathered: [Input] = []
            var gatheredBytes = 0
            func close() {
                guard !gathered.isEmpty else { return }
                units.append(
                    PreparationUnit(
                        index: units.count, source: source, number: number, inputs: gathered, firstFile: files))
                number += 1
                files += gathered.count
                (gathered, gatheredBytes) = ([], 0)
            }
            for input in try inputs(of: source, root: root) {
                gathered.append(input)
                gatheredBytes += input.sizeBytes
                if gatheredBytes >= wanted { close() }
            }
            close()
        }
        return units
    }

    private static func inputs(of source: SourceConfig, root: URL) throws -> [Input] {
        do {
            if source.format == .tokens {
                return try FileSearch.files(source.files, root: root) { $0.hasSuffix(".bin") }.map {
                    Input(path: $0.path, url: $0.url, sizeBytes: $0.sizeBytes, document: nil)
                }
            }
            return try DocumentFiles(source.files, root: root).files.map {
                Input(path: $0.path, url: $0.url, sizeBytes: $0.sizeBytes, document: $0)
            }
        } catch ReaderError.noFiles(let pattern, let root) {
            throw DataError.missingFile(source: source.name, path: root + "/" + pattern, format: source.format)
        }
    }
}
