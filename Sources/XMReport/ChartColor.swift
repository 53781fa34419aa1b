// Colours of a report. A data source keeps its colour across all charts and tables; runs have colours of their own, so
// that a run is never mistaken for a source. HTMLReport+Style.swift defines them for light and dark pages.
// SPDX-License-Identifier: Apache-2.0

/// A colour by meaning, not by value: the style sheet maps it to a hue for the page's colour scheme.
package enum ChartColor: Sendable, Equatable {
    /// The source with this index in the recipe.
    case source(Int)
    /// The run with this index in the report.
    case run(Int)

    // As many as the style sheet defines; indices wrap around.
    static let sourceCount = 8
    static let runCount = 4

    /// CSS class: `c3`, `r0`.
    var cssClass: String {
        switch self {
        case .source(let index): "c\(index % Self.sourceCount)"
        case .run(let index): "r\(index % Self.runCount)"
        }
    }

    /// Extra attribute that makes a colour paler from its second use on; empty otherwise.
    var style: String {
        switch self {
        case .source(let index): index < Self.sourceCount ? "" : " style=\"opacity:.55\""
        case .run(let index): index < Self.runCount ? "" : " style=\"opacity:.55\""
        }
    }
}
