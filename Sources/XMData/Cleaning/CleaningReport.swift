// What cleaning did: documents and bytes in and out, changes by rule, drops by threshold with samples to look at.
// Reports of several workers add up; added in the order of the files, the samples do not depend on how many worked.
// SPDX-License-Identifier: Apache-2.0

package struct CleaningReport: Codable, Sendable, Equatable {
    package var documents = 0
    package var bytes = 0
    package var keptDocuments = 0
    package var keptBytes = 0
    /// Documents in which each rule changed something.
    package var changedLineEnds = 0
    package var changedControls = 0
    package var changedEmptyLines = 0
    /// Documents of which the rules left nothing.
    package var emptied = 0
    package var dropped: [QualityThreshold: Int] = [:]
    package var samples: [Sample] = []

    /// A dropped document.
    package struct Sample: Codable, Sendable, Equatable {
        package let threshold: QualityThreshold
        package let origin: DocumentOrigin
        package let value: Double
        package let limit: Double
        /// The text's beginning.
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
