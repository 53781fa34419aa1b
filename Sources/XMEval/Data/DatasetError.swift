// What can be wrong with data files: each error names the file, the row from 1, what was found and what to do.
// SPDX-License-Identifier: Apache-2.0

package enum DatasetError: Error, CustomStringConvertible, Equatable {
    case unknownDataset(String, nearest: String?)
    case unknownSplit(String, dataset: String, known: [String])
    /// `wanted`: the path under a data root where it is looked for first.
    case missing(dataset: String, wanted: String, roots: [String], advice: String)
    case missingField(file: String, row: Int, field: String)
    case wrongField(file: String, row: Int, field: String, found: String, wanted: String)
    case wrongColumns(file: String, row: Int, found: Int, wanted: Int)
    case badRow(file: String, row: Int, reason: String)
    case lengths(file: String, rows: Int, labels: String, lines: Int)
    case empty(file: String)
    case badFile(file: String, reason: String)

    package var description: String {
        switch self {
        case .unknownDataset(let name, let nearest):
            "there is no dataset '\(name)'"
                + (nearest.map { "; did you mean '\($0)'?" } ?? "; name a data file instead")
        case .unknownSplit(let split, let dataset, let known):
            "the dataset '\(dataset)' has no split '\(split)'; it has \(known.joined(separator: ", "))"
        case .missing(let dataset, let wanted, let roots, let advice):
            "\(dataset): no file \(wanted) in \(roots.joined(separator: " or ")); \(advice)"
        case .missingField(let file, let row, let field):
            "\(file), row \(row): no \(field); correct the row or fetch the file again"
        case .wrongField(let file, let row, let field, let found, let wanted):
            "\(file), row \(row): \(field) is \(found); it must be \(wanted)"
        case .wrongColumns(let file, let row, let found, let wanted):
            "\(file), row \(row): \(found) columns; there must be \(wanted)"
        case .badRow(let file, let row, let reason):
            "\(file), row \(row): \(reason); correct the row or fetch the file again"
        case .lengths(let file, let rows, let labels, let lines):
            "\(file) has \(rows) rows and \(labels) has \(lines) labels; both must be of the same version"
        case .empty(let file): "\(file): has no rows; fetch the file again"
        case .badFile(let file, let reason): "\(file): \(reason); fetch the file again"
        }
    }
}
