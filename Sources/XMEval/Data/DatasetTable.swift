// The datasets that tasks name: where they are published, which files each split reads in which format, and which
// versions of the files are known. The table itself is Resources/datasets. Next: DatasetFormat.swift,
// FileVersions.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMSupport

package struct DatasetTable: Sendable {
    package let datasets: [String: Dataset]
    private let versions: FileVersions

    /// - Parameter folder: has datasets.yaml and datasets.sha256.
    package init(_ folder: URL) throws {
        datasets = try Recipe.load([String: Dataset].self, from: folder.appending(path: "datasets.yaml"))
        versions = try FileVersions(folder.appending(path: "datasets.sha256"))
    }

    package struct Dataset: Decodable, Sendable {
        package let home: String
        /// The repository on Hugging Face, and the folder of its files where tasks name no subset.
        package let hub: String
        let folder: String?
        package let licence: String
        let splits: [String: [Source]]
        /// How to get a split that `home` does not publish.
        let advice: [String: String]?
    }

    struct Source: Decodable, Sendable {
        let files: [String]
        let format: DatasetFormat
    }

    /// The documents of one split, and the files they came from.
    package struct Split: Sendable {
        package let documents: [JSONObject]
        package let files: [KnownFile]
    }

    /// A file that was read, by its path under a data root.
    package struct KnownFile: Sendable, Equatable {
        package let path: String
        package let sha256: String
        /// nil: a version that is not known, so that scores may differ from published ones.
        package let version: String?
    }

    /// - Throws: `DatasetError.missing` where no data root has the files.
    package func documents(of name: String, subset: String?, split: String, in roots: DataRoots) throws -> Split {
        let (paths, source) = try located(name, subset, split, roots)
        let documents = try source.format.documents(paths.map(\.url), subset: subset, split: split)
        return Split(documents: documents, files: try paths.map(versions.known))
    }

    private typealias Located = (files: [FileVersions.Located], source: Source)

    private func located(_ name: String, _ subset: String?, _ split: String, _ roots: DataRoots) throws -> Located {
        guard let dataset = datasets[name] else {
            throw DatasetError.unknownDataset(name, nearest: nearestName(to: name, in: datasets.keys))
        }
        guard let sources = dataset.splits[split] else {
            throw DatasetError.unknownSplit(split, dataset: name, known: dataset.splits.keys.sorted())
        }
        func paths(_ source: Source) -> [String] {
            source.files.map { $0.replacing("{subset}", with: subset ?? "") }
        }
        for source in sources + dataset.hubSources(subset, split) {
            let found = paths(source).map { path in
                roots.files(path).map { FileVersions.Located(url: $0, pattern: path) }
            }
            if found.allSatisfy({ !$0.isEmpty }) { return (Array(found.joined()), source) }
        }
        let wanted = (sources.first.map(paths) ?? dataset.hubSources(subset, split)[0].files).joined(separator: " and ")
        let advice =
            dataset.advice?[split] ?? "it is published at \(dataset.home) and as \(dataset.hub) on Hugging Face"
        throw DatasetError.missing(
            dataset: name, wanted: wanted, roots: roots.folders.map(\.path), advice: advice)
    }
}

extension DatasetTable.Dataset {
    /// Parquet files as Hugging Face lays them out.
    fileprivate func hubSources(_ subset: String?, _ split: String) -> [DatasetTable.Source] {
        [subset ?? folder ?? "data", "data", "default"].map { folder in
            DatasetTable.Source(files: ["\(hub)/\(folder)/\(split)-*.parquet"], format: .documents)
        }
    }
}

/// A split that a task reads.
package struct DatasetNeed: Sendable, Hashable {
    package let dataset: String
    package let subset: String?
    package let split: String

    package init(dataset: String, subset: String?, split: String) {
        (self.dataset, self.subset, self.split) = (dataset, subset, split)
    }
}

/// What there is of one split, for all subsets together.
package struct DatasetStatus: Sendable {
    package let dataset: String
    package let split: String
    package let home: String
    package let licence: String
    /// Documents found.
    package var rows = 0
    package var present: [String] = []
    /// Subsets without a file, and what is wrong with the first.
    package var missing: [String] = []
    package var reason: String?
    /// Paths of files whose version is not known; the others' versions.
    package var unknownFiles: [String] = []
    package var versions: Set<String> = []
}

extension DatasetTable {
    /// Reads everything that is needed. Files that are missing or damaged are said in the status and end nothing.
    package func check(_ needs: [DatasetNeed], in roots: DataRoots) -> [DatasetStatus] {
        var statuses: [DatasetStatus] = []
        var seen: Set<DatasetNeed> = []
        for need in needs where seen.insert(need).inserted {
            let place = statuses.firstIndex { $0.dataset == need.dataset && $0.split == need.split } ?? statuses.count
            if place == statuses.count {
                let dataset = datasets[need.dataset]
                statuses.append(
                    DatasetStatus(
                        dataset: need.dataset, split: need.split, home: dataset?.home ?? "",
                        licence: dataset?.licence ?? ""))
            }
            do {
                let found = try documents(of: need.dataset, subset: need.subset, split: need.split, in: roots)
                statuses[place].rows += found.documents.count
                statuses[place].present.append(need.subset ?? need.dataset)
                statuses[place].unknownFiles += found.files.filter { $0.version == nil }.map(\.path)
                statuses[place].versions.formUnion(found.files.compactMap(\.version))
            } catch {
                statuses[place].missing.append(need.subset ?? need.dataset)
                if statuses[place].reason == nil { statuses[place].reason = "\(error)" }
            }
        }
        return statuses
    }
}
