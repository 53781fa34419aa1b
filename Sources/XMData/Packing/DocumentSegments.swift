// The documents of a source in segments that fit into a sequence of T + 1 tokens, sorted by length. A longer document
// is cut into segments that share a token, like neighbouring sequences of text: the last target of one is the first
// input of the next. Eight bytes a segment.
// SPDX-License-Identifier: Apache-2.0

/// A span of the stream that is drawn whole.
struct DocumentSegment {
    /// Position in the stream, and whether it continues a document: its first token was a target of the segment before.
    private let code: Int64

    init(start: Int, isContinuation: Bool) { code = Int64(start) << 1 | (isContinuation ? 1 : 0) }

    var start: Int { Int(code >> 1) }
    var isContinuation: Bool { code & 1 == 1 }
}

struct DocumentSegments {
    /// Segments of one length.
    struct Class {
        let length: Int
        let range: Range<Int>
    }

    /// Longest first; among equals in the order of the stream.
    let segments: [DocumentSegment]
    let classes: [Class]

    init(_ shards: TokenShards, capacity: Int) throws {
        // Counting sort: count the segments of each length, then put each in its place.
        var counts = [Int](repeating: 0, count: capacity + 1)
        try shards.forEachDocument { document in
            Self.cut(document, capacity) { range, _ in counts[range.count] += 1 }
        }
        var classes: [Class] = []
        var next = [Int](repeating: 0, count: capacity + 1)
        var first = 0
        for length in (1...capacity).reversed() where counts[length] > 0 {
            classes.append(Class(length: length, range: first..<first + counts[length]))
            next[length] = first
            first += counts[length]
        }
        var segments = [DocumentSegment](repeating: DocumentSegment(start: 0, isContinuation: false), count: first)
        try shards.forEachDocument { document in
            Self.cut(document, capacity) { range, isContinuation in
                // The index file changed between the two readings where there is more than was counted.
                guard next[range.count] < segments.count else { return }
                segments[next[range.count]] = DocumentSegment(start: range.lowerBound, isContinuation: isContinuation)
                next[range.count] += 1
            }
        }
        (self.segments, self.classes) = (segments, classes)
    }

    private static func cut(_ document: Range<Int>, _ capacity: Int, _ body: (Range<Int>, Bool) -> Void) {
        var start = document.lowerBound
        repeat {
            let end = min(start + capacity, document.upperBound)
            body(start..<end, start > document.lowerBound)
            start = end == document.upperBound ? end : end - 1
        } while start < document.upperBound
    }

    /// The class of segment `index`.
    func lengthClass(of index: Int) -> Class {
        var (low, high) = (0, classes.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if classes[middle].range.lowerBound <= index { low = middle } else { high = middle }
        }
        return classes[low]
    }
}
