// How well a task's confidences fit its accuracy, in four numbers. They stand in the results file under
// `xmodel.calibration`, by task. Next: Calibration.swift.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

package struct CalibrationSummary: Sendable, Equatable {
    package let questions: Int
    /// Expected calibration error of all choices in 10 bins of equal width.
    package let allChoices: Double
    /// Of the most probable choice alone, in 15 bins of equal width.
    package let topChoice: Double
    /// As `topChoice`, in 15 bins of equally many questions.
    package let topChoiceEqualMass: Double
    /// Brier's score, summed over the choices: 0 at best, 2 at worst.
    package let brier: Double

    /// Nil without questions: tasks whose answers are written, or whose right choice is not told.
    package init?(_ questions: [Calibration.Question]) {
        guard !questions.isEmpty else { return nil }
        let (all, top) = (Calibration.allChoices(questions), Calibration.topChoice(questions))
        self.questions = questions.count
        allChoices = Calibration.error(all.equalWidthBins(10))
        topChoice = Calibration.error(top.equalWidthBins(15))
        topChoiceEqualMass = Calibration.error(top.equalMassBins(15))
        brier = Calibration.brier(questions)
    }

    /// Of a task's samples; those of its first filter where it has several.
    package init?(samples: [Sample]) { self.init(SampleBrowser(samples).samples.compactMap(\.question)) }

    /// The four numbers, in the order of a table.
    package var numbers: [Double] { [allChoices, topChoice, topChoiceEqualMass, brier] }

    // MARK: - JSON

    private static let keys = ["ece_all_choices", "ece_top_choice", "ece_top_choice_equal_mass", "brier"]

    var json: JSONValue {
        let members = zip(Self.keys, numbers).map { (key: $0, value: JSONValue.double($1)) }
        return .object(JSONObject([("questions", .integer(questions))] + members))
    }

    init?(json: JSONValue) {
        let numbers = Self.keys.compactMap { json[$0]?.double }
        guard let questions = json["questions"]?.integer, numbers.count == Self.keys.count else { return nil }
        self.questions = questions
        (allChoices, topChoice, topChoiceEqualMass, brier) = (numbers[0], numbers[1], numbers[2], numbers[3])
    }
}
