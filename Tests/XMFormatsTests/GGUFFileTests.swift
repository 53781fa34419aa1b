// GGUF: what is written is read, files of another writer, and typed access to metadata.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTensor
import XMFormats
import XMSupport
import XMTensor
import XMTestSupport

@Suite("GGUFFileTests")
struct GGUFFileTests {
    /// A key of every type, and arrays of several.
    static let metadata: GGUFMetadata = {
        var metadata = GGUFMetadata()
        let values: [(String, GGUFValue)] = [
            ("general.architecture", .string("llama")), ("a", .uint8(255)), ("b", .int8(-128)), ("c", .uint16(65_535)),
            ("d", .int16(-32_768)), ("e", .uint32(.max)), ("f", .int32(.min)), ("g", .uint64(.max)),
            ("h", .int64(.min)), ("i", .float32(0.1)), ("j", .float64(-.pi)), ("k", .bool(true)), ("l", .string("")),
            ("strings", .array(GGUFArray(["", "é", "你好 🙂"]))), ("scores", .array(GGUFArray([Float(-1.5), 0]))),
            ("kinds", .array(GGUFArray([Int32(1), -6]))),
            ("bools", .array(GGUFArray([.bool(true), .bool(false)], elementType: .bool))),
            ("empty", .array(GGUFArray([], elementType: .uint8))),
        ]
        for (key, value) in values { metadata[key] = value }
        return metadata
    }()

    static func write(_ url: URL, metadata: GGUFMetadata = metadata) throws {
        let x: [Float] = [1, -2, 3.5, 0, 5, 6]
        let blocks = [UInt8](repeating: 0x11, count: 2 * 18)
        try x.withUnsafeBytes { x in
            try GGUFWriter.write(
                [
                    GGUFTensor(name: "x", type: .f32, shape: [2, 3], bytes: x),
                    GGUFTensor(name: "q", type: .q4_0, shape: [2, 32]) { sink in
                        try blocks[..<18].withUnsafeBytes(sink)  // row by row
                        try blocks[18...].withUnsafeBytes(sink)
                    },
                    GGUFTensor(name: "none", type: .q4_k, shape: [0, 256], bytes: .init(start: nil, count: 0)),
                    GGUFTensor(name: "one", type: .f32, shape: [], bytes: UnsafeRawBufferPointer(rebasing: x[..<4])),
                ], metadata: metadata, to: url)
        }
    }

    private static func copy(_ file: GGUFFile, to url: URL) throws {
        try GGUFWriter.write(
            file.tensors.map {
                let stored = $0
                return GGUFTensor(name: stored.name, type: try #require(stored.type), shape: stored.shape) { sink in
                    try stored.bytes().withUnsafeBytes(sink)
                }
            }, metadata: file.metadata, to: url)
    }

    @Test("what is written is read: every metadata type, order, shapes, bytes", arguments: [nil, 64, 4096])
    func roundTrip(alignment: UInt32?) throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "a.gguf")
        var metadata = Self.metadata
        metadata["general.alignment"] = alignment.map { .uint32($0) }
        try Self.write(url, metadata: metadata)
        let file = try GGUFFile(url)
        #expect(file.metadata == metadata)
        #expect(file.metadata.keys == metadata.keys)
        #expect(file.alignment == Int(alignment ?? 32))
        #expect(file.tensors.map(\.name) == ["x", "q", "none", "one"])
        #expect(try file.tensor("x").shape == [2, 3])
        #expect(try file.tensor("x").range.lowerBound % file.alignment == 0)
        #expect(try file.floats("x") == [1, -2, 3.5, 0, 5, 6])
        #expect(try file.tensor("q").type == .q4_0)
        #expect(try file.tensor("q").bytes() == [UInt8](repeating: 0x11, count: 36))
        #expect(try file.floats("none") == [])
        #expect(try file.floats("one") == [1])
        #expect(!file.has("y"))
        #expect { try file.tensor("y") } throws: { "\($0)".contains("no tensor 'y'") }
        // Writing what was read gives the same bytes.
        let again = folder.url.appending(path: "b.gguf")
        try Self.copy(file, to: again)
        #expect(try Data(contentsOf: again) == Data(contentsOf: url))
    }

    @Test("a file of the gguf Python package is read with every value, and written again with the same bytes")
    func otherWriter() throws {
        let file = try GGUFFile(Goldens.url)
        let metadata = file.metadata
        let folder = try TemporaryFolder()
        let again = folder.url.appending(path: "again.gguf")
        try Self.copy(file, to: again)
        #expect(try Data(contentsOf: again) == Data(contentsOf: Goldens.url))
        let wanted: [(String, GGUFValue)] = [
            ("uint8", .uint8(255)), ("int8", .int8(-128)), ("uint16", .uint16(65_535)), ("int16", .int16(-32_768)),
            ("uint32", .uint32(.max)), ("int32", .int32(.min)), ("uint64", .uint64(.max)), ("int64", .int64(.min)),
            ("float32", .float32(0.1)), ("float64", .float64(0.1)), ("bool", .bool(true)),
            ("string", .string("文字 🙂\n")), ("strings", .array(GGUFArray(["", "a", "é", "你好"]))),
            ("integers", .array(GGUFArray([Int32(1), -2, 3]))), ("floats", .array(GGUFArray([Float(0.5), -1.5]))),
            ("bools", .array(GGUFArray([.bool(true), .bool(false)], elementType: .bool))),
        ]
        for (key, value) in wanted { #expect(metadata["golden." + key] == value, "\(key)") }
        #expect(metadata.keys.count == wanted.count + 2)
    }

    @Test("typed access gives values, nil for absent keys, and errors that name key and types")
    func typedAccess() throws {
        let metadata = Self.metadata
        #expect(try metadata.string("general.architecture") == "llama")
        #expect(try metadata.integer("a") == 255)
        #expect(try metadata.integer("h") == .min)
        #expect(try metadata.number("j") == -.pi)
        #expect(try metadata.bool("k") == true)
        #expect(try metadata.strings("strings") == ["", "é", "你好 🙂"])
        #expect(try metadata.floats("scores") == [-1.5, 0])
        #expect(try metadata.integers("kinds") == [1, -6])
        #expect(try metadata.integers("empty") == [])
        #expect(try metadata.string("z") == nil)
        #expect { try metadata.required("z", metadata.string) } throws: { "\($0)".contains("'z' is missing") }
        #expect { try metadata.string("a") } throws: { "\($0)".contains("'a' has type uint8 instead of string") }
        #expect { try metadata.strings("kinds") } throws: {
            "\($0)".contains("array of int32 instead of array of string")
        }
        // An integer that does not fit is an error and not a crash.
        #expect { try metadata.integer("g") } throws: { "\($0)".contains("'g' has type uint64") }
        var fewer = metadata
        fewer["a"] = nil
        #expect(fewer.keys.count == metadata.keys.count - 1 && fewer["a"] == nil)
    }

    @Test("tensors of types that nothing is computed with are shown, and only their use is refused")
    func otherTypes() throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "a.gguf")
        // Numbers and blocks of ggml.h.
        for (number, name, columns, bytes) in [
            (24, "I8", 3, 3), (27, "I64", 2, 16), (28, "F64", 1, 8), (10, "Q2_K", 256, 84), (20, "IQ4_NL", 64, 36),
            (23, "IQ4_XS", 512, 272), (34, "TQ1_0", 256, 54), (39, "MXFP4", 32, 17),
        ] as [(UInt32, String, UInt64, Int)] {
            let raw = RawGGUF(tensors: 1).tensor("x", [columns, 2], type: number).data(2 * bytes)
            try Data(raw.bytes).write(to: url)
            let shown = try ModelFacts.read(url).tensors[0]
            #expect(shown.type == name && shown.bytes == 2 * bytes && shown.shape == [2, Int(columns)])
            #expect { try GGUFFile(url).floats("x") } throws: {
                "\($0)".contains("tensor 'x' has the unsupported type \(name);") && "\($0)".contains("in GGUF Q4_0, ")
            }
        }
        let ragged = RawGGUF(tensors: 1).tensor("x", [31], type: 20).data(64)
        try Data(ragged.bytes).write(to: url)
        #expect { try GGUFFile(url) } throws: { "\($0)".contains("rows of 31 values do not divide into IQ4_NL") }
    }

    @Test("a number may stand for every layer, or a list of equal ones")
    func perLayer() throws {
        var metadata = Self.metadata
        metadata["same"] = .array(GGUFArray([Int32(2), 2, 2]))
        metadata["unequal"] = .array(GGUFArray([Int32(2), 2, 4]))
        metadata["one"] = .uint32(2)
        #expect(try metadata.integer("one", layers: 3) == 2 && metadata.integer("same", layers: 3) == 2)
        #expect(try metadata.integer("none", layers: 3) == nil)
        for (key, layers, part) in [
            ("same", 2, "has 3 values for 2 layers"),
            ("unequal", 3, "is 2 in some layers and 4 in others"),
            ("strings", 3, "instead of array of integers"), ("k", 3, "has type bool"), ("same", -1, "for -1 layers"),
        ] {
            #expect { try metadata.integer(key, layers: layers) } throws: {
                #expect("\($0)".contains(part), "\($0)")
                return "\($0)".contains("'\(key)'")
            }
        }
    }

    @Test("-1 of any width is no token")
    func noToken() throws {
        var metadata = GGUFMetadata()
        for value: GGUFValue in [.uint32(.max), .uint64(.max), .int32(-1), .int64(-1), .int8(-1)] {
            metadata["id"] = value
            #expect(try metadata.token("id") == nil && metadata.isNoToken("id"))
        }
        for (value, id) in [(GGUFValue.uint32(7), 7), (.int32(-2), -2), (.uint32(.max - 1), 4_294_967_294)] {
            metadata["id"] = value
            #expect(try metadata.token("id") == id && !metadata.isNoToken("id"))
        }
        metadata["id"] = .string("7")
        #expect { try metadata.token("id") } throws: { "\($0)".contains("has type string") }
        #expect(try metadata.token("none") == nil)
    }

    @Test(
        "the writer refuses what readers would refuse, and leaves the old file",
        arguments: [
            ("x", [3, 31], "do not divide into Q4_0 blocks of 32"), ("x", [1, 1, 1, 1, 32], "at most 4 dimensions"),
            ("", [32], "has 0 bytes"), (String(repeating: "n", count: 64), [32], "has 64 bytes"),
            ("q", [32], "duplicate"), ("x", [64], "produced 18 bytes; Q4_0 of shape [64] has 36"),
        ])
    func refusals(name: String, shape: [Int], reason: String) throws {
        let folder = try TemporaryFolder()
        let url = try folder.file("a.gguf", "old")
        let block = [UInt8](repeating: 0, count: 18)
        #expect {
            try block.withUnsafeBytes { block in
                try GGUFWriter.write(
                    [
                        GGUFTensor(name: "q", type: .q4_0, shape: [32], bytes: block),
                        GGUFTensor(name: name, type: .q4_0, shape: shape, bytes: block),
                    ], metadata: GGUFMetadata(), to: url)
            }
        } throws: {
            "\($0)".contains(reason)
        }
        #expect(try String(contentsOf: url, encoding: .utf8) == "old")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["a.gguf"])
    }
}
