// Colours of a report. A source of data has one colour in every chart, pie and table; runs have colours of their own,
// so that a branch is never taken for a source. HTMLReport+Style.swift holds the values for light and dark pages.
// SPDX-License-Identifier: Apache-2.0

package enum ChartColor: Sendable, Equatable {
    /// The source at this place of the recipe.
    case source(Int)
    /// The run at this place of the report.
    case run(Int)

    static let sourceCount = 8
    static let runCount = 4

    /// CSS class: `c3`, `r0`.
    var cssClass: String {
        switch self {
        case .source(let index): "c\(index % Self.sourceCount)"
        case .run(let index): "r\(index % Self.runCount)"
        }
    }

    /// The second time round a colour is paler.
    var style: String {
        switch self {
        case .source(let index): index < Self.sourceCount ? "" : " style=\"opacity:.55\""
        case .run(let index): index < Self.runCount ? "" : " style=\"opacity:.55\""
        }
    }
}
