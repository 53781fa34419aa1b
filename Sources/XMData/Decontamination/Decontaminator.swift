// Finds documents that contain a phrase of an evaluation set, and lists them with the phrase and the set. Belongs to
// one thread; the index is shared.
// SPDX-License-Identifier: Apache-2.0

/// Why a document was removed.
package struct Contamination: Codable, Sendable, Equatable {
    package let origin: DocumentOrigin
    package let set: String
    /// The record of the set that contains the phrase.
    package let example: DocumentOrigin
    /// The phrase as spelled in the document.
    package let phrase: String
}

package struct DecontaminationReport: Codable, Sendable, Equatable {
    package var documents = 0
    package var removed: [Contamination] = []
    /// Bytes of the removed documents' text.
    package var removedBytes = 0

    package init() {}

    package mutating func add(_ other: DecontaminationReport) {
        documents += other.documents
        removed += other.removed
        removedBytes += other.removedBytes
    }
}

package struct Decontaminator {
    private let index: ContaminationIndex
    private var words = WordHashes()
    package private(set) var report = DecontaminationReport()

    package init(_ index: ContaminationIndex) { self.index = index }

    /// The first phrase of an evaluation set found in the document, which is then counted as removed; nil when it is
    /// clean.
    package mutating func check(_ document: Document) -> Contamination? {
        report.documents += 1
        words.read(document.text)
        guard let match = index.firstMatch(words) else { return nil }
        // Word positions are only needed for the few matches, so they are found by a second pass.
        words.read(document.text, withRanges: true)
        let range =
            words.ranges[match.firstWord].lowerBound..<words.ranges[match.firstWord + match.words - 1].upperBound
        let utf8 = document.text.utf8
        let phrase = document.text[
            utf8.index(
                utf8.startIndex, offsetBy: range.lowerBound)..<utf8.index(
                    utf8.startIndex, offsetBy: range.upperBound)]
        let found = Contamination(
            origin: document.origin, set: index.sets[match.set].name, example: match.example, phrase: String(phrase))
        report.removed.append(found)
        report.removedBytes += utf8.count
        return found
    }
}
