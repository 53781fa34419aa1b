// Colours of a report. A data source has the same colour in every chart and table; runs have colours of their own, so
// that a run is never mistaken for a source. HTMLReport+Style.swift defines them for light and dark pages.
// SPDX-License-Identifier: Apache-2.0

package enum ChartColor: Sendable, Equatable {
    /// The source with this index in the recipe.
    case source(Int)
    /// The run with this index in the report.
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

    /// Colours are paler when they are used a second time.
    var style: String {
        switch self {
        case .source(let index): index < Self.sourceCount ? "" : " style=\"opacity:.55\""
        case .run(let index): index < Self.runCount ? "" : " style=\"opacity:.55\""
        }
    }
}
