// Joins a task's definition with its documents and examples.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package struct TaskLoader: Sendable {
    private let table: DatasetTable
    private let roots: DataRoots

    /// - Parameters:
    ///   - table: the data sets that tasks name.
    ///   - roots: the folders of their files; empty where only tasks over files of the user's are loaded.
    package init(_ table: DatasetTable, roots: [URL]) { (self.table, self.roots) = (table, DataRoots(roots)) }

    /// - Parameter shots: number of examples; nil: the task's own.
    /// - Throws: `DatasetError`, which names the file, and `EvalTaskError`.
    package func load(_ definition: TaskDefinition, shots: Int? = nil) throws -> EvalTask {
        let shots = shots ?? definition.numFewshot
        let evaluated = try split(definition, definition.evaluatedSplit, "'test_split' nor 'validation_split'")
        var examples = DatasetTable.Split(documents: [], files: [])
        if shots > 0 {
            examples = try split(definition, definition.examplesSplit, "'fewshot_split' nor 'training_split'")
            if let indices = definition.fewshotConfig.indices {
                let all = examples
                examples = DatasetTable.Split(
                    documents: try indices.map { index in
                        guard all.documents.indices.contains(index) else {
                            throw EvalTaskError.failed(
                                task: definition.task, row: nil,
                                reason: "'fewshot_indices' names example \(index) and there are \(all.documents.count)")
                        }
                        return all.documents[index]
                    }, files: all.files)
            }
        }
        return try EvalTask(
            definition, documents: evaluated.documents, examples: examples.documents, shots: shots,
            files: evaluated.files + examples.files)
    }

    private func split(_ definition: TaskDefinition, _ name: String?, _ keys: String) throws -> DatasetTable.Split {
        guard let name else {
            throw EvalTaskError.failed(
                task: definition.task, row: nil, reason: "neither \(keys) is set; set one, or use --shots 0")
        }
        let found = try read(definition, split: name)
        guard let function = definition.processDocs else { return found }
        let process = try TaskFunctions.preparation(function)
        return DatasetTable.Split(
            documents: try found.documents.enumerated().map { row, document in
                do {
                    return try process(document)
                } catch { throw EvalTaskError.failed(task: definition.task, row: row, reason: "\(error)") }
            }, files: found.files)
    }

    private func read(_ definition: TaskDefinition, split: String) throws -> DatasetTable.Split {
        guard DatasetFile.isFile(definition.dataset) else {
            return try table.documents(
                of: definition.dataset, subset: definition.datasetName, split: split, in: roots)
        }
        return DatasetTable.Split(documents: try DatasetFile.documents(URL(filePath: definition.dataset)), files: [])
    }

    /// What the tasks read, for `DatasetTable.check`.
    package static func needs(of definitions: [TaskDefinition]) -> [DatasetNeed] {
        definitions.filter { !DatasetFile.isFile($0.dataset) }.flatMap { definition in
            var splits = [definition.evaluatedSplit]
            if definition.numFewshot > 0 { splits.append(definition.examplesSplit) }
            return splits.compactMap { $0 }.map {
                DatasetNeed(dataset: definition.dataset, subset: definition.datasetName, split: $0)
            }
        }
    }
}
