// Cleans documents one by one: rules first, then thresholds. A cleaner belongs to one thread; its decision about a
// document depends on that document alone.
// Next: CleaningConfig.swift (what can be set), CleaningReport.swift (what is counted).
// SPDX-License-Identifier: Apache-2.0

package struct Cleaner {
    private let config: CleaningConfig
    private var words = WordHashes()
    /// Counts of everything cleaned so far.
    package private(set) var report = CleaningReport()

    package init(_ config: CleaningConfig) { self.config = config }

    /// The document with the rules applied to its text; nil when it is dropped.
    package mutating func clean(_ document: Document) -> Document? {
        report.documents += 1
        report.bytes += document.text.utf8.count
        var document = document
        if let (text, changes) = config.rules.applied(to: document.text) {
            document.text = text
            if changes.lineEnds > 0 { report.changedLineEnds += 1 }
            if changes.controls > 0 { report.changedControls += 1 }
            if changes.emptyLines > 0 { report.changedEmptyLines += 1 }
            guard text.utf8.contains(where: { $0 > 0x20 }) else {
                report.emptied += 1
                return nil
            }
        }
        if let (threshold, value) = config.thresholds.failure(of: document.text, words: &words) {
            report.drop(document, threshold, value: value, limit: config.thresholds.limit(threshold) ?? 0)
            return nil
        }
        report.keptDocuments += 1
        report.keptBytes += document.text.utf8.count
        return document
    }
}
