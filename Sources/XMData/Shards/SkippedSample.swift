// A skipped record, kept as an example with its origin and the problem. Manifests contain a few for each reason; the
// counts beside them say how many there were.
// SPDX-License-Identifier: Apache-2.0

package struct SkippedSample: Codable, Sendable, Equatable {
    /// The name of its counter: "skipped_not_json".
    package let reason: String
    /// Relative to the data root.
    package let file: String
    /// Index of the record in the file, from 0.
    package let record: Int
    package let detail: String

    static let perReason = 3

    init(reason: String, origin: DocumentOrigin, detail: String) {
        (self.reason, file, record) = (reason, origin.file, origin.record)
        self.detail = String(detail.prefix(200))
    }

    init(_ record: ReadingCounts.SkippedRecord) {
        self.init(reason: "skipped_" + record.cause.rawValue, origin: record.origin, detail: record.detail)
    }
}

extension [SkippedSample] {
    /// Appends the sample unless there are enough for its reason.
    mutating func keep(_ sample: SkippedSample) {
        if count(where: { $0.reason == sample.reason }) < SkippedSample.perReason { append(sample) }
    }
}
