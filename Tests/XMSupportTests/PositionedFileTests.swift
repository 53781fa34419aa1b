// Reading at a place: what lies there, and one sentence when the file is not any more what it was when it was opened.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport

@Suite("PositionedFileTests")
struct PositionedFileTests {
    private let folder: TemporaryFolder
    private let url: URL

    init() throws {
        folder = try TemporaryFolder()
        url = try folder.file("a", "0123456789")
    }

    private func text(_ file: PositionedFile, _ range: Range<Int>) throws -> String {
        String(decoding: try file.bytes(range), as: UTF8.self)
    }

    @Test("bytes anywhere, none, and none of an empty file")
    func places() throws {
        let file = try PositionedFile(url)
        #expect(file.sizeBytes == 10)
        #expect(try text(file, 0..<10) == "0123456789")
        #expect(try text(file, 3..<5) == "34")
        #expect(try text(file, 10..<10) == "")
        let empty = try PositionedFile(folder.file("empty", ""))
        #expect(try empty.sizeBytes == 0 && empty.bytes(0..<0).isEmpty)
    }

    @Test("a file that is cut is an error that names it and both sizes")
    func cut() throws {
        let file = try PositionedFile(url)
        let handle = try FileHandle(forWritingTo: url)
        try handle.truncate(atOffset: 4)
        try handle.close()
        // Also for bytes that are still there: the file is not the one that was opened.
        for range in [2..<10, 0..<2] {
            #expect(throws: FileError.changed(url.path, opened: 10, now: 4)) { try file.bytes(range) }
        }
        #expect("\(FileError.changed(url.path, opened: 10, now: 4))".contains("it had 10 bytes and has 4"))
    }

    @Test("a file that is written to is an error; one that is replaced stays what it was")
    func written() throws {
        let file = try PositionedFile(url)
        try Data("abcdefghij".utf8).write(to: url, options: .atomic)
        #expect(try text(file, 0..<10) == "0123456789")
        let second = try PositionedFile(url)
        // The clock of file times may be as coarse as a hundredth of a second.
        usleep(20_000)
        let handle = try FileHandle(forWritingTo: url)
        try handle.write(contentsOf: Data("x".utf8))
        try handle.close()
        #expect(throws: FileError.changed(url.path, opened: 10, now: 10)) { try second.bytes(3..<5) }
        try FileManager.default.removeItem(at: url)
        #expect(try text(file, 3..<5) == "34")
    }

    @Test("what is not a regular file is refused at once")
    func others() throws {
        let pipe = folder.url.appending(path: "pipe")
        #expect(mkfifo(pipe.path, 0o600) == 0)
        for url in [pipe, folder.url, URL(filePath: "/dev/null")] {
            #expect { try PositionedFile(url) } throws: { "\($0)".contains("not a regular file") }
        }
        #expect { try PositionedFile(folder.url.appending(path: "none")) } throws: {
            "\($0)".contains("No such file") && "\($0)".contains("/none")
        }
    }
}
