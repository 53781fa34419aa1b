// External merge sort, for more records than fit in memory: full buffers are sorted and written to disk as runs, which
// `finish` merges. Equal records are indistinguishable, so the result does not depend on the memory limit.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package final class ExternalSorter<Record: Comparable & BitwiseCopyable> {
    private let folder: URL
    private let capacity: Int
    private var buffer: [Record] = []
    private var runs: [URL] = []
    package private(set) var count = 0

    /// Runs are written to `folder`, which must exist, under unique names, and removed when the merge begins or the
    /// sorter is released. Merging takes 64 KiB of memory per run.
    package init(folder: URL, memoryBytes: Int) {
        self.folder = folder
        capacity = max(1024, memoryBytes / MemoryLayout<Record>.stride)
    }

    deinit { for run in runs { try? FileManager.default.removeItem(at: run) } }

    package func add(_ record: Record) throws {
        if buffer.count == capacity { try writeRun() }
        buffer.append(record)
        count += 1
    }

    private func writeRun() throws {
        buffer.sort()
        let url = folder.appending(path: "run-\(UUID().uuidString)")
        runs.append(url)
        let file = try SequentialFile(url)
        try buffer.withUnsafeBytes { try file.write($0) }
        try file.finish()
        buffer.removeAll(keepingCapacity: true)
    }

    /// All records in order; the sorter is empty afterwards.
    package func finish() throws -> SortedRecords<Record> {
        buffer.sort()
        let readers = try runs.map { try RunReader<Record>($0) } + [RunReader(buffer)]
        defer {
            // The readers keep the files open, so the names can go.
            for run in runs { try? FileManager.default.removeItem(at: run) }
            (runs, buffer, count) = ([], [], 0)
        }
        return try SortedRecords(readers)
    }
}

/// Records of one run, from memory or from a file.
private final class RunReader<Record: BitwiseCopyable> {
    private let file: FileBytes?
    private var block: [Record]
    private var next = 0
    private static var blockRecords: Int { max(1, (1 << 16) / MemoryLayout<Record>.stride) }

    init(_ records: [Record]) { (file, block) = (nil, records) }

    init(_ url: URL) throws {
        file = try FileBytes(url.path)
        block = []
    }

    func read() throws -> Record? {
        if next == block.count {
            guard let file, file.offset < file.size else { return nil }
            let count = min(Self.blockRecords, (file.size - file.offset) / MemoryLayout<Record>.stride)
            block = try Array(unsafeUninitializedCapacity: count) { room, filled in
                let bytes = UnsafeMutableRawBufferPointer(room)
                var taken = 0
                while taken < count * MemoryLayout<Record>.stride {
                    let part = UnsafeMutableRawBufferPointer(
                        rebasing: bytes[taken..<count * MemoryLayout<Record>.stride])
                    let read = try file.read(into: part)
                    guard read > 0 else {
                        throw ReaderError.damaged(
                            path: file.path, offset: file.offset, reason: "a temporary file of the sort is truncated")
                    }
                    taken += read
                }
                filled = count
            }
            next = 0
            guard count > 0 else { return nil }
        }
        defer { next += 1 }
        return block[next]
    }
}

/// The merged records in ascending order; can be iterated once.
package final class SortedRecords<Record: Comparable & BitwiseCopyable> {
    private var readers: [RunReader<Record>]
    /// A binary min-heap of the next record of each run.
    private var heap: [(record: Record, run: Int)] = []

    fileprivate init(_ readers: [RunReader<Record>]) throws {
        self.readers = readers
        for (run, reader) in readers.enumerated() {
            if let record = try reader.read() { heap.append((record, run)) }
        }
        for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(index) }
    }

    package func next() throws -> Record? {
        guard let top = heap.first else { return nil }
        if let record = try readers[top.run].read() {
            heap[0] = (record, top.run)
        } else {
            let last = heap.removeLast()
            if heap.isEmpty { return top.record }
            heap[0] = last
        }
        sink(0)
        return top.record
    }

    private func sink(_ start: Int) {
        var index = start
        while true {
            var child = 2 * index + 1
            guard child < heap.count else { return }
            if child + 1 < heap.count, heap[child + 1].record < heap[child].record { child += 1 }
            guard heap[child].record < heap[index].record else { return }
            heap.swapAt(index, child)
            index = child
        }
    }
}
