// One number of an evaluator, as a column or a curve of a report.
// SPDX-License-Identifier: Apache-2.0

struct EvaluationColumn: Hashable, Comparable {
    let evaluator: String
    let field: String

    init(_ evaluator: String, _ field: String) { (self.evaluator, self.field) = (evaluator, field) }

    /// "wiki loss", "wiki bits per byte"
    var title: String { "\(evaluator) \(EvaluationField.label(field))" }

    func value(in evaluations: [String: Evaluation]?) -> Double? { evaluations?[evaluator]?[field] }

    /// By evaluator, the loss first.
    static func < (a: EvaluationColumn, b: EvaluationColumn) -> Bool {
        func order(_ column: EvaluationColumn) -> (String, Int, String) {
            (column.evaluator, column.field == EvaluationField.loss ? 0 : 1, column.field)
        }
        return order(a) < order(b)
    }
}
