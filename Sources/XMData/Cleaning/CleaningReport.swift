// What cleaning did: documents and bytes in and out, changes by rule, drops by threshold with samples to look at.
// Reports of several workers are summed in file order, so that the samples do not depend on the number of workers.
// SPDX-License-Identifier: Apache-2.0

package struct CleaningReport: Codable, Sendable, Equatable {
    package var documents = 0
    package var bytes = 0
    package var keptDocuments = 0
    package var keptBytes = 0
    /// Number of documents that each rule changed.
    package var changedLineEnds = 0
    package var changedControls = 0
    package var changedEmptyLines = 0
    /// Documents left without text by the rules.
    package var emptied = 0
    package var dropped: [QualityThreshold: Int] = [:]
    package var samples: [Sample] = []

    /// A dropped document.
    package struct Sample: Codable, Sendable, Equatable {
        package let threshold: QualityThreshold
        package let origin: DocumentOrigin
        package let value: Double
        package let limit: Double
        /// The beginning of the text.
        package let excerpt: String
    }

    static let samplesPerThreshold = 5
    static let excerptCharacters = 160

    package init() {}

    mutating func drop(_ document: Document, _ threshold: QualityThreshold, value: Double, limit: Double) {
        dropped[threshold, default: 0] += 1
        guard hasRoom(threshold) else { return }
        samples.append(
            Sample(
                threshold: threshold, origin: document.origin, value: value, limit: limit,
                excerpt: String(document.text.prefix(Self.excerptCharacters))))
    }

    private func hasRoom(_ threshold: QualityThreshold) -> Bool {
        samples.count(where: { $0.threshold == threshold }) < Self.samplesPerThreshold
    }

    package mutating func add(_ other: CleaningReport) {
        documents += other.documents
        bytes += other.bytes
        keptDocuments += other.keptDocuments
        keptBytes += other.keptBytes
        changedLineEnds += other.changedLineEnds
        changedControls += other.changedControls
        changedEmptyLines += other.changedEmptyLines
        emptied += other.emptied
        dropped.merge(other.dropped, uniquingKeysWith: +)
        for sample in other.samples where hasRoom(sample.threshold) { samples.append(sample) }
    }
}
