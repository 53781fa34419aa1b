// GGUF files that lie, are cut, or are damaged: each ends in an error that says where, never in a crash.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTensor
import XMFormats
import XMSupport
import XMTensor
import XMTestSupport

@Suite("GGUFHostileTests")
struct GGUFHostileTests {
    private static let one = RawGGUF(tensors: 1)
    private static let keyed = RawGGUF(metadata: 1)
    private static let huge: [UInt8] = RawGGUF.field(UInt64.max)

    private static func array(_ type: UInt32, _ count: UInt64) -> [UInt8] { RawGGUF.field(type) + RawGGUF.field(count) }

    @Test(
        "files that lie are refused by name",
        arguments: [
            (RawGGUF(magic: "GGML"), "does not begin with 'GGUF'"),
            (RawGGUF(version: 2), "has version 2; only version 3"),
            (RawGGUF(version: 0x0300_0000), "big-endian"),
            (RawGGUF(tensors: .max), "18446744073709551615 tensors do not fit 0 bytes"),
            (RawGGUF(metadata: .max), "18446744073709551615 keys and 0 tensors do not fit"),
            (RawGGUF(tensors: 2).tensor("x", [0]), "2 tensors do not fit"),
            (keyed.appending(huge + huge), "metadata key 0 needs 18446744073709551615 bytes"),
            (keyed.appending(RawGGUF.field(UInt64(1)) + [0xff] + huge), "is not valid UTF-8"),
            (keyed.key("k", type: 13, [0]), "metadata 'k': the type of its value is 13"),
            (keyed.key("k", type: 7, [2]), "metadata 'k': a bool is 2"),
            (
                keyed.key("k", type: 10, [0, 0]),
                "metadata 'k': a value of type uint64 needs 8 bytes but only 2 are left"
            ),
            (keyed.key("k", type: 8, huge), "metadata 'k': a string needs 18446744073709551615 bytes"),
            (keyed.key("k", type: 9, array(9, 1) + array(0, 0)), "nested arrays"),
            (keyed.key("k", type: 9, array(6, .max)), "array of 18446744073709551615 elements of type float32"),
            (keyed.key("k", type: 9, array(6, 1 << 62)), "array of 4611686018427387904 elements"),
            (keyed.key("k", type: 9, array(0, 1)), "does not fit the 0 bytes left"),
            (keyed.key("k", type: 9, array(8, 1) + huge), "metadata 'k': a string needs 18446744073709551615"),
            (keyed.key("k", type: 9, array(7, 2) + [1, 7]), "other than 0 and 1"),
            (RawGGUF(metadata: 2).key("k", type: 0, [1]).key("k", type: 0, [1]), "'k': duplicate"),
            (keyed.key("general.alignment", type: 4, [0, 0, 0, 0]), "'general.alignment': is 0"),
            (keyed.key("general.alignment", type: 4, [24, 0, 0, 0]), "'general.alignment': is 24"),
            (keyed.key("general.alignment", type: 8, RawGGUF.string("x")), "has type string instead of an integer"),
            (RawGGUF(tensors: 1000).data(24_000), "tensor '': duplicate"),
            (one.tensor("x", [1, 1, 1, 1, 1]), "tensor 'x': has 5 dimensions"),
            (one.tensor("x", [.max]), "tensor 'x': has the dimension 18446744073709551615"),
            (one.tensor("x", [1 << 62, 8]), "more bytes than can be counted"),
            (one.tensor("x", [0, 8, 1 << 62]), "more bytes than can be counted"),
            (one.tensor("x", [32], type: 99).data(64), "tensor 'x' has the unknown type 99; supported are F32 (0)"),
            (one.tensor("x", [31], type: 2).data(64), "rows of 31 values do not divide into Q4_0 blocks of 32"),
            (one.tensor("x", [128], type: 12).data(128), "Q4_K blocks of 256"),
            (one.tensor("x", [8], offset: 4).data(64), "offset 4 is not a multiple of 32"),
            (one.tensor("x", [8], offset: 64).data(64), "32 bytes at 64 extend beyond the 64 bytes of data"),
            (one.tensor("x", [8], offset: 1 << 63).data(64), "extend beyond"),
            (one.tensor("x", [32]).data(64), "128 bytes at 0 extend beyond the 64"),
            (one.tensor("x", [32]), "extend beyond the 0 bytes of data"),
            (
                RawGGUF(tensors: 2).tensor("x", [16]).tensor("y", [8], offset: 32).data(64),
                "tensor 'y': overlaps tensor 'x'"
            ),
            (
                RawGGUF(tensors: 2).tensor("x", [8]).tensor("x", [8], offset: 32).data(64),
                "tensor 'x': duplicate"
            ),
        ])
    func lies(file: RawGGUF, reason: String) throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "bad.gguf")
        try Data(file.bytes).write(to: url)
        #expect {
            try GGUFFile(url)
        } throws: {
            #expect("\($0)".contains(reason), "\($0)")
            return "\($0)".hasPrefix(url.path)
        }
    }

    @Test("an element of an array that is not UTF-8 is named when the array is read")
    func badElement() throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "bad.gguf")
        let elements = RawGGUF.string("a") + RawGGUF.field(UInt64(1)) + [0xff]
        try Data(Self.keyed.key("k", type: 9, Self.array(8, 2) + elements).bytes).write(to: url)
        let metadata = try GGUFFile(url).metadata
        #expect { try metadata.strings("k") } throws: {
            "\($0)".contains("'k': element 1: a string is not valid UTF-8")
        }
    }

    @Test("metadata of gigabytes that are there is not read into memory", arguments: [UInt32(8), 9])
    func hugeMetadata(type: UInt32) throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "huge.gguf")
        // A string of 4 GiB, or as many bytes, in a file that has them, as a hole.
        let count = RawGGUF.field(UInt64(4 << 30))
        let value = type == 8 ? count : RawGGUF.field(UInt32(0)) + count
        try Data(Self.keyed.key("k", type: type, value).bytes).write(to: url)
        let handle = try FileHandle(forWritingTo: url)
        try handle.truncate(atOffset: 5 << 30)
        try handle.close()
        #expect { try GGUFFile(url) } throws: { "\($0)".contains("metadata and tensor names take more than") }
    }

    @Test("an empty file, a missing file and a folder are errors", arguments: ["empty", "missing", ""])
    func noFile(name: String) throws {
        let folder = try TemporaryFolder()
        _ = try folder.file("empty", "")
        #expect(throws: (any Error).self) { try GGUFFile(folder.url.appending(path: name)) }
    }

    @Test("2,000 mutated and truncated files end in an error or a read, never in a crash")
    func fuzz() throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "fuzz.gguf")
        try GGUFFileTests.write(url)
        let originals = [try Data(contentsOf: url), try Data(contentsOf: Goldens.url)]
        var random = RandomStream(seed: 9, "fuzz")
        var refused = 0
        for round in 0..<2000 {
            var data = originals[round % 2]
            if Int.random(in: 0..<4, using: &random) == 0 {
                data = data.prefix(Int.random(in: 0..<data.count, using: &random))
            }
            for _ in 0..<Int.random(in: 1...4, using: &random) where !data.isEmpty {
                // Most of the mutations hit the header.
                let end = Bool.random(using: &random) ? data.count : min(data.count, 2000)
                data[data.startIndex + Int.random(in: 0..<end, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            try Data(data).write(to: url)
            do {
                let file = try GGUFFile(url)
                for tensor in file.tensors { _ = try file.floats(tensor.name).count }
                for key in file.metadata.keys {
                    if case .array(let array)? = file.metadata[key] { _ = try array.elements().count }
                }
            } catch { refused += 1 }
        }
        #expect(refused > 1000)
        #expect(refused < 2000)
    }
}
