// One number of an evaluator, as a column or a curve of a report.
// SPDX-License-Identifier: Apache-2.0

struct EvaluationColumn: Hashable, Comparable {
    let evaluator: String
    let field: String

    init(_ evaluator: String, _ field: String) { (self.evaluator, self.field) = (evaluator, field) }

    /// Every column that some step has, in order.
    static func all(in evaluations: [[String: Evaluation]]) -> [EvaluationColumn] {
        let columns = evaluations.flatMap { step in
            step.flatMap { name, fields in fields.keys.map { EvaluationColumn(name, $0) } }
        }
        return Set(columns).sorted()
    }

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
