// The samples of two runs joined by document and filter.
// SPDX-License-Identifier: Apache-2.0

struct PairedSamples: Sendable {
    let pairs: [(a: Sample, b: Sample)]
    /// Samples without a counterpart.
    let unpaired: Int

    private struct Key: Hashable {
        let docID: Int
        let docHash: String
        let filter: String

        init(_ sample: Sample) { (docID, docHash, filter) = (sample.docID, sample.docHash, sample.filter) }
    }

    /// In the order of A.
    init(a: [Sample], b: [Sample]) {
        // The harness appends to its files, so a document may occur twice; the last one counts.
        var ofB = Dictionary(b.map { (Key($0), $0) }, uniquingKeysWith: { $1 })
        let all = ofB.count
        pairs = a.compactMap { sample in ofB.removeValue(forKey: Key(sample)).map { (sample, $0) } }
        unpaired = (a.count - pairs.count) + (all - pairs.count)
    }

    private var different: [(a: Sample, b: Sample)] {
        pairs.filter { $0.a.promptHash != $0.b.promptHash || $0.a.targetHash != $0.b.targetHash }
    }

    var askedDifferently: Int { different.count }
    var firstAskedDifferently: Int? { different.first?.a.docID }
}
