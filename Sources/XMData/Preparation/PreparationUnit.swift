// How the work of a recipe is cut: units of a few neighbouring files, the same whoever does them. A machine of n takes
// every n-th unit, so together they write the files that one would.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// This program's share of the units: i of n, from 1.
package struct PreparationPart: Sendable, Equatable, CustomStringConvertible {
    package let index: Int
    package let count: Int

    package static let most = 1_000_000

    /// "3/8".
    package init?(_ text: String) {
        let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let index = numbers[0], let count = numbers[1], index >= 1, index <= count,
            count <= Self.most
        else { return nil }
        (self.index, self.count) = (index, count)
    }

    package var description: String { "\(index)/\(count)" }

    func has(_ unit: Int) -> Bool { unit % count == index - 1 }
}

package struct PreparationUnit: Sendable {
    package struct Input: Sendable {
        /// As the recipe's root sees it.
        package let path: String
        package let url: URL
        package let sizeBytes: Int
        /// Nil for plain token files.
        package let document: DocumentFile?
    }

    /// Its place among all units of the recipe.
    package let index: Int
    package let source: SourceConfig
    /// Its place in its source.
    package let number: Int
    package let inputs: [Input]
    /// Number of its first file among all files of the recipe.
    package let firstFile: Int

    /// "books/00003"
    package var name: String { "\(source.name)/" + String(format: "%05d", number) }
    package var sizeBytes: Int { inputs.reduce(0) { $0 + $1.sizeBytes } }

    /// All units of a recipe. Files are joined until they have the text of about one shard (four bytes a token); a
    /// larger file is a unit of several shards.
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
