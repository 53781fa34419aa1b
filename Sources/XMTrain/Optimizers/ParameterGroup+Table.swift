// The table of parameter groups that a run prints at its start: every derived number beside the group it applies to.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

extension [ParameterGroup] {
    /// An aligned text table: group, init std, rate factor, learning rate, decay, tensors, parameters. Numbers are
    /// right-aligned; no trailing newline.
    ///
    /// - Parameter learningRate: η, the schedule's maximum.
    package func describe(learningRate: Double) -> String {
        func number(_ value: Double) -> String { String(format: "%.6g", value) }
        var rows = [["group", "init std", "rate factor", "learning rate", "decay", "tensors", "parameters"]]
        for group in self {
            rows.append([
                group.name,
                group.initStd.map(number) ?? "ones",
                number(group.learningRateFactor),
                number(learningRate * group.learningRateFactor),
                group.weightDecay == 0 ? "none" : number(group.weightDecay),
                String(group.tensors.count),
                HumanText.grouped(group.parameterCount),
            ])
        }
        let tensors = reduce(0) { $0 + $1.tensors.count }
        let parameters = reduce(0) { $0 + $1.parameterCount }
        rows.append(["all", "", "", "", "", String(tensors), HumanText.grouped(parameters)])
        return TextTable.text(rows, right: Set(1..<rows[0].count))
    }
}
