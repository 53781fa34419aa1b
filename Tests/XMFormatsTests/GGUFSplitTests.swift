// A model in several GGUF files is one model, whichever part is named; a part that is missing, renamed or of another
// model is told by its name.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMFormats
import XMTestSupport

@Suite("GGUFSplitTests")
struct GGUFSplitTests {
    private let folder: TemporaryFolder
    private let tensors = TinyGGUF.tensors()

    init() throws { folder = try TemporaryFolder() }

    private func url(_ number: Int, of count: Int = 3, in base: String = "tiny") -> URL {
        folder.url.appending(path: "\(base)-\(String(format: "%05d-of-%05d", number, count)).gguf")
    }

    /// Three files: metadata and no tensor, 8 tensors, the rest; as llama.cpp's gguf-split writes them.
    private func split(_ change: (Int, inout GGUFMetadata) -> Void = { _, _ in }) throws {
        for number in 0..<3 {
            var metadata = number == 0 ? TinyGGUF.metadata() : GGUFMetadata()
            metadata["split.no"] = .uint16(UInt16(number))
            metadata["split.count"] = .uint16(3)
            metadata["split.tensors.count"] = .int32(Int32(tensors.count))
            change(number, &metadata)
            let part = [[], Array(tensors[..<8]), Array(tensors[8...])][number]
            try GGUFWriter.write(part, metadata: metadata, to: url(number + 1))
        }
    }

    private func expectRefused(_ file: URL, _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(sourceLocation: sourceLocation) {
            try GGUFFile(file)
        } throws: { error in
            #expect(parts.allSatisfy { "\(error)".contains($0) }, "\(error)", sourceLocation: sourceLocation)
            return error is GGUFError
        }
    }

    @Test("any part opens the whole model, without the keys of the split", arguments: [1, 2, 3])
    func whole(number: Int) throws {
        try split()
        let file = try GGUFFile(url(number))
        #expect(file.path == url(1).path)
        #expect(file.tensors.map(\.name) == tensors.map(\.name))
        #expect(file.metadata.keys == TinyGGUF.metadata().keys)
        #expect(try file.floats("output_norm.weight") == [Float](repeating: 1, count: 16))
        let facts = try ModelFacts.read(url(number))
        #expect(facts.tensors.count == tensors.count && facts.cacheShape != nil)
        let sizes = try (1...3).map { try Data(contentsOf: url($0)).count }
        #expect(facts.sizeBytes == sizes.reduce(0, +))
    }

    @Test("parts may repeat the first one's keys, as the gguf package does, and not contradict them")
    func repeated() throws {
        try split { $1["general.architecture"] = .string("llama") }
        #expect(try GGUFFile(url(2)).tensors.count == tensors.count)
        try split { if $0 == 2 { $1["general.architecture"] = .string("granite") } }
        expectRefused(url(1), url(3).path, "'general.architecture'", "differs from \(url(1).path)")
    }

    @Test("a count of one, and of none, is no split")
    func single() throws {
        for count: UInt16 in [0, 1] {
            let file = try TinyGGUF.write(to: folder.url.appending(path: "any name.gguf")) {
                $0["split.count"] = .uint16(count)
            }
            #expect(try GGUFFile(file).tensors.count == tensors.count)
        }
    }

    @Test("missing, renamed and foreign parts are named")
    func refused() throws {
        try split()
        let other = folder.url.appending(path: "tiny.gguf")
        try FileManager.default.copyItem(at: url(2), to: other)
        expectRefused(other, other.path, "part 2 of 3", "'-00002-of-00003.gguf'")
        try FileManager.default.removeItem(at: url(3))
        expectRefused(url(1), url(1).path, "is part 1 of 3", url(3).path + " is missing")
        try FileManager.default.copyItem(at: url(2), to: url(3))
        expectRefused(url(1), url(3).path, "do not say part 3 of 3")
        try split { if $0 == 0 { $1["split.tensors.count"] = .int32(7) } }
        expectRefused(url(1), "'split.tensors.count'", "is 7, but the parts have \(tensors.count) tensors")
        try split()
        var metadata = GGUFMetadata()
        (metadata["split.no"], metadata["split.count"]) = (.uint16(2), .uint16(3))
        try GGUFWriter.write(Array(tensors[7..<tensors.count - 1]), metadata: metadata, to: url(3))
        expectRefused(url(1), url(3).path, "tensor '\(tensors[7].name)'", "duplicate of a tensor in \(url(2).path)")
    }

    @Test("counts that cannot be are refused before a file is looked for")
    func hostile() throws {
        for (number, count) in [(3, 3), (-1, 3), (0, 1 << 40), (7, 2)] as [(Int64, Int64)] {
            try split {
                guard $0 == 0 else { return }
                ($1["split.no"], $1["split.count"]) = (.int64(number), .int64(count))
            }
            expectRefused(url(1), "'split.no'", "is \(number) with \(count) parts")
        }
        try split { if $0 == 0 { $1["split.no"] = nil } }
        expectRefused(url(1), "'split.no' is missing")
    }
}
