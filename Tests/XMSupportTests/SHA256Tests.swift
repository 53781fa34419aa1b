// SHA-256 against the published examples of NIST, and around the edges of blocks and padding.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport

@Suite("SHA256Tests")
struct SHA256Tests {
    private static let twoBlocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
    private static let threeBlocks =
        "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"

    /// Examples of FIPS 180-4 by NIST, and runs of "a" around 55 and 64 bytes, where padding takes another block; those
    /// were computed by Python's hashlib.
    static let examples: [(text: String, digest: String)] = [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (twoBlocks, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
        (threeBlocks, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"),
        (a(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        (a(55), "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
        (a(56), "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"),
        (a(63), "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"),
        (a(64), "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
        (a(65), "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"),
        (a(119), "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"),
        (a(120), "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c"),
    ]

    private static func a(_ count: Int) -> String { String(repeating: "a", count: count) }

    @Test("published examples, whole and in pieces of any size", arguments: examples)
    func published(text: String, digest: String) {
        let data = Data(text.utf8)
        #expect(SHA256.hex(of: data) == digest)
        for size in [1, 3, 64, 1000] where data.count < 100_000 || size > 3 {
            var hash = SHA256()
            for start in stride(from: 0, to: data.count, by: size) {
                data[start..<min(start + size, data.count)].withUnsafeBytes { hash.update($0) }
            }
            #expect(hash.finalize() == digest, "pieces of \(size)")
        }
    }

    @Test("a digest may be taken at any time, and copies are independent")
    func copies() {
        var hash = SHA256()
        Data("ab".utf8).withUnsafeBytes { hash.update($0) }
        var copy = hash
        #expect(hash.finalize() == SHA256.hex(of: Data("ab".utf8)))
        Data("c".utf8).withUnsafeBytes { hash.update($0) }
        #expect(hash.finalize() == Self.examples[1].digest)
        #expect(copy.finalize() == SHA256.hex(of: Data("ab".utf8)))
        Data().withUnsafeBytes { copy.update($0) }
        #expect(copy.finalize() == SHA256.hex(of: Data("ab".utf8)))
    }

    @Test("a file is hashed in pieces, and the check between them can stop it")
    func file() throws {
        let folder = try TemporaryFolder()
        let file = try folder.file("a", Self.examples[4].text)
        #expect(try SHA256.hex(ofFile: file) == Self.examples[4].digest)
        struct Stop: Error {}
        #expect(throws: Stop.self) { try SHA256.hex(ofFile: file) { throw Stop() } }
        #expect(throws: FileError.self) { try SHA256.hex(ofFile: folder.url.appending(path: "missing")) }
    }
}
