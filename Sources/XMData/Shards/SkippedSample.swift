// A row that gave no document, kept as an example: where it stands and what is wrong with it. A unit's record and the
// manifest hold a few of each reason; the counts beside them say how many there were.
// SPDX-License-Identifier: Apache-2.0

package struct SkippedSample: Codable, Sendable, Equatable {
    /// As it is counted: "skipped_not_json".
    package let reason: String
    /// As the recipe's root sees it.
    package let file: String
    /// Its number in the file, from 0.
    package let row: Int
    package let detail: String

    static let perReason = 3

    init(reason: String, origin: DocumentOrigin, detail: String) {
        (self.reason, file, row) = (reason, origin.file, origin.row)
        self.detail = String(detail.prefix(200))
    }

    init(_ row: ReadingCounts.SkippedRow) {
        self.init(reason: "skipped_" + row.cause.rawValue, origin: row.origin, detail: row.detail)
    }
}

extension [SkippedSample] {
    /// Keeps it while there are few of its reason.
    mutating func keep(_ sample: SkippedSample) {
        if count(where: { $0.reason == sample.reason }) < SkippedSample.perReason { append(sample) }
    }
}
