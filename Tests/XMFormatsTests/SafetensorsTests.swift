// Safetensors: round trip, types, and hostile files that must end in an error or a correct read.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMFormats
import XMSupport
import XMTestSupport

@Suite("SafetensorsTests")
struct SafetensorsTests {
    private func write(_ folder: TemporaryFolder) throws -> URL {
        let url = folder.url.appending(path: "a.safetensors")
        let (x, h): ([Float], [UInt16]) = ([1, -2, 3.5], [0x3f80, 0xc000])
        try x.withUnsafeBytes { x in
            try h.withUnsafeBytes { h in
                try SafetensorsWriter.write(
                    [
                        SafetensorsTensor(name: "x", dtype: .f32, shape: [3, 1], bytes: x),
                        SafetensorsTensor(name: "b", dtype: .bf16, shape: [2], bytes: h),
                        SafetensorsTensor(name: "h", dtype: .f16, shape: [2], bytes: h),
                        SafetensorsTensor(name: "none", dtype: .f32, shape: [0], bytes: .init(start: nil, count: 0)),
                    ], metadata: ["format": "pt"], to: url)
            }
        }
        return url
    }

    @Test("what is written is read")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let file = try SafetensorsFile(write(folder))
        #expect(file.metadata == ["format": "pt"])
        #expect(file.tensors["x"]?.shape == [3, 1])
        #expect(try file.floats("x") == [1, -2, 3.5])
        #expect(try file.floats("b") == [1, -2])
        #expect(try file.floats("h") == [1.875, -2])
        #expect(try file.floats("none") == [])
        #expect { try file.floats("y") } throws: { "\($0)".contains("no tensor 'y'") }
    }

    @Test("half precision widens exactly, subnormals and infinities included")
    func halves() throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "h.safetensors")
        let halves: [UInt16] = [0x0001, 0x03ff, 0x0400, 0x7bff, 0x7c00, 0xfc00, 0x8000]
        try halves.withUnsafeBytes {
            try SafetensorsWriter.write(
                [SafetensorsTensor(name: "h", dtype: .f16, shape: [7], bytes: $0)], metadata: [:], to: url)
        }
        let wanted: [Float] = [0x1p-24, 1023 * 0x1p-24, 0x1p-14, 65504, .infinity, -.infinity, 0]
        #expect(try SafetensorsFile(url).floats("h") == wanted)
    }

    @Test(
        "headers that lie are refused by name",
        arguments: [
            (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, "needs 8"),
            (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#, "extend beyond"),
            (#"{"x":{"dtype":"F32","shape":[4611686018427387904,8],"data_offsets":[0,4]}}"#, "overflows"),
            (#"{"x":{"dtype":"Q9","shape":[4611686018427387904,8],"data_offsets":[0,4]}}"#, "overflows"),
            (#"{"x":{"dtype":"Q9","shape":[1],"data_offsets":[0,5]}}"#, "extend beyond"),
            (#"{"x":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}"#, "does not fill whole bytes"),
            (#"{"x":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[0,4]}}"#, "needs 3"),
            (
                #"{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"y":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}}"#,
                "tensor 'y': overlaps tensor 'x'"
            ),
            (#"{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, "valid shape"),
            (#"{"x":{"shape":[1],"data_offsets":[0,4]}}"#, "no dtype"),
            (
                #"{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"y":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
                "overlaps"
            ),
            (#"{"x":3}"#, "tensor 'x': has no dtype"),
            (
                #"{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"x":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
                "tensor 'x': duplicate entry"
            ),
            ("[1]", "header is not"), ("{", "header is not"),
        ])
    func lies(header: String, reason: String) throws {
        let folder = try TemporaryFolder()
        var data = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
        data.append(contentsOf: header.utf8)
        data.append(contentsOf: [0, 0, 0, 0])
        let url = folder.url.appending(path: "bad")
        try data.write(to: url)
        #expect { try SafetensorsFile(url) } throws: { "\($0)".contains(reason) }
    }

    private func file(_ header: String, data: [UInt8], in folder: TemporaryFolder) throws -> SafetensorsFile {
        let url = folder.url.appending(path: "made.safetensors")
        let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
        try (length + Data(header.utf8) + data).write(to: url)
        return try SafetensorsFile(url)
    }

    @Test("empty tensors lie anywhere between others, whatever the names")
    func empty() throws {
        let folder = try TemporaryFolder()
        // Names in both orders: a hash table's order would open some of these and refuse others.
        for (full, none) in [("a", "b"), ("b", "a"), ("model.norm", "model.none"), ("x", "y")] {
            for place in [0, 4] {
                let header = """
                    {"\(full)":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
                     "\(none)":{"dtype":"F32","shape":[0],"data_offsets":[\(place),\(place)]},
                     "\(none)2":{"dtype":"F16","shape":[3,0],"data_offsets":[\(place),\(place)]},
                     "\(full)2":{"dtype":"F32","shape":[],"data_offsets":[4,8]}}
                    """
                let made = try file(header, data: [0, 0, 128, 63, 0, 0, 0, 64], in: folder)
                #expect(made.tensors.count == 4)
                #expect(try made.floats(full) == [1] && made.floats(none) == [] && made.floats(full + "2") == [2])
            }
        }
    }

    @Test("tensors of types that nothing is computed with are shown, and only their use is refused")
    func otherTypes() throws {
        let folder = try TemporaryFolder()
        let types = [
            ("BOOL", 8, 8), ("I8", 8, 8), ("F8_E4M3", 8, 8), ("F8_E5M2", 8, 8), ("F8_E8M0", 8, 8), ("I16", 4, 8),
            ("U16", 4, 8), ("U32", 2, 8), ("U64", 1, 8), ("F64", 1, 8), ("C64", 1, 8), ("F4", 16, 8), ("F6_E2M3", 4, 3),
            ("F3_NEW", 7, 8),
        ]
        var end = 0
        let entries = types.map { name, count, bytes in
            end += bytes
            return #""\#(name)":{"dtype":"\#(name)","shape":[\#(count)],"data_offsets":[\#(end - bytes),\#(end)]}"#
        }
        let made = try file(
            "{\(entries.joined(separator: ","))}", data: [UInt8](repeating: 0, count: end), in: folder)
        let facts = try ModelFacts.read(folder.url.appending(path: "made.safetensors"))
        for (name, count, bytes) in types {
            let shown = try #require(facts.tensors.first { $0.name == name })
            #expect(shown.type == name && shown.shape == [count] && shown.bytes == bytes)
            #expect { try made.floats(name) } throws: {
                "\($0)".contains("tensor '\(name)' has the unsupported type \(name);")
            }
        }
    }

    @Test("2,000 mutated and truncated files end in an error or a read, never in a crash")
    func fuzz() throws {
        let folder = try TemporaryFolder()
        let original = try Data(contentsOf: write(folder))
        let url = folder.url.appending(path: "fuzz")
        var random = RandomStream(seed: 9, "fuzz")
        var refused = 0
        for _ in 0..<2000 {
            var data = original
            if Bool.random(using: &random) { data = data.prefix(Int.random(in: 0..<data.count, using: &random)) }
            for _ in 0..<Int.random(in: 1...4, using: &random) where !data.isEmpty {
                data[data.startIndex + Int.random(in: 0..<data.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            try Data(data).write(to: url)
            do {
                let file = try SafetensorsFile(url)
                for tensor in file.tensors.values { _ = try tensor.bytes().count }
            } catch { refused += 1 }
        }
        #expect(refused > 1000)
    }
}
