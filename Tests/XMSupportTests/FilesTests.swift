// Atomic files and folders, locks, random streams, and interrupts.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport

@Suite("FilesTests")
struct FilesTests {
    @Test("a full disk leaves the old file and no temporary one")
    func fullDisk() throws {
        let folder = try TemporaryFolder()
        let file = try folder.file("a", "old")
        #expect(throws: FileError.self) {
            try AtomicFile.create(file) { _ in
                let full = try SequentialFile(URL(filePath: "/dev/full"))
                try Data(repeating: 1, count: 100).withUnsafeBytes { try full.write($0) }
            }
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == "old")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["a"])
    }

    @Test("a device is written to and not replaced by a file")
    func device() throws {
        let folder = try TemporaryFolder()
        let full = folder.url.appending(path: "full")
        try FileManager.default.createSymbolicLink(at: full, withDestinationURL: URL(filePath: "/dev/full"))
        #expect(throws: FileError.self) { try AtomicFile.write(Data([1]), to: full) }
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: full.path) == "/dev/full")
    }

    @Test("of many writers of one file at once all succeed, and one has its content there")
    func manyWriters() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "a")
        let failures = NSMutableArray()
        let lock = NSLock()
        nonisolated(unsafe) let failed = failures
        DispatchQueue.concurrentPerform(iterations: 8) { writer in
            for _ in 0..<20 {
                do {
                    try AtomicFile.write(Data(repeating: UInt8(writer), count: 10_000), to: file)
                } catch { lock.withLock { failed.add("\(error)") } }
            }
        }
        #expect(failures.count == 0, "\(failures)")
        let found = try Data(contentsOf: file)
        #expect(found.count == 10_000 && Set(found).count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["a"])
    }

    @Test("an error names the file that is wanted, not the one that was begun")
    func errorsNameTheTarget() throws {
        let parent = try TemporaryFolder()
        let wanted = parent.url.appending(path: "nowhere/a")
        #expect {
            try AtomicFile.write(Data([1]), to: wanted)
        } throws: {
            $0 as? FileError == .notWritten(wanted.path, "No such file or directory")
        }
        #expect {
            _ = try HashedFile(wanted)
        } throws: {
            $0 as? FileError == .notWritten(wanted.path, "No such file or directory")
        }
        let folder = parent.url.appending(path: "f")
        for write: (URL) throws -> Void in [
            { try AtomicFile.write(Data([1]), to: $0.appending(path: "nowhere/a")) },
            { try Data([1]).write(to: $0.appending(path: "nowhere/a")) },
        ] {
            #expect {
                try AtomicFolder.write(to: folder, write)
            } throws: {
                "\($0)".hasPrefix("\(folder.path)/nowhere/a: cannot be written (No such file or directory)")
            }
        }
        let below = try parent.file("file", "x").appending(path: "f")
        #expect {
            try AtomicFolder.write(to: below) { _ in }
        } throws: {
            "\($0)".hasPrefix("\(below.path): cannot be written (Not a directory)")
        }
        #expect {
            try AtomicFolder.create(below)
        } throws: {
            "\($0)".hasPrefix("\(below.path): cannot be written (Not a directory)")
        }
    }

    @Test("what dead writers left goes at a program's first write into the folder; what others have stays")
    func abandoned() throws {
        let folder = try TemporaryFolder()
        let dead = Process()
        dead.executableURL = URL(filePath: "/bin/true")
        try dead.run()
        dead.waitUntilExit()
        let gone = [
            PartialName.unique("a", process: dead.processIdentifier), PartialName.unique("a", host: "elsewhere"),
            PartialName.unique("b.c", process: dead.processIdentifier),
        ]
        let kept = [
            PartialName.unique("a"), PartialName.unique("a", host: "nearby"), ".a.partial", ".a.--.partial",
            ".\(PartialName.host)-\(dead.processIdentifier)-0.partial", "a.nearby-1-0.partial",
        ]
        for name in gone + kept { _ = try folder.file(name, "half") }
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -200_000)],
            ofItemAtPath: folder.url.appending(path: gone[1]).path)
        try AtomicFile.write(Data([1]), to: folder.url.appending(path: "a"))
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder.url.path)) == Set(kept + ["a"]))
        // Searched once: a write does not cost more where more files lie.
        _ = try folder.file(gone[0], "half")
        try AtomicFile.write(Data([2]), to: folder.url.appending(path: "a"))
        #expect(
            try Set(FileManager.default.contentsOfDirectory(atPath: folder.url.path)) == Set(kept + ["a", gone[0]]))
    }

    @Test("a lock ends with its owner, though a process that is being started still has the file open")
    func lockEnds() throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: ".lock").path
        var lock: FolderLock? = try FolderLock(folder.url)
        let copies = (0..<1024).filter {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == path
        }.map { dup(Int32($0)) }
        #expect(copies.count == 1)
        #expect(throws: FolderLockError.self) { _ = try FolderLock(folder.url) }
        withExtendedLifetime(lock) {}
        lock = nil
        #expect(throws: Never.self) { _ = try FolderLock(folder.url) }
        copies.forEach { close($0) }
    }

    @Test("a folder is verified by size and hash, and a failed one leaves nothing")
    func folder() throws {
        let parent = try TemporaryFolder()
        let url = parent.url.appending(path: "f")
        try AtomicFolder.write(to: url) { try Data("hello".utf8).write(to: $0.appending(path: "x")) }
        try AtomicFolder.verify(url)
        try Data("hellO".utf8).write(to: url.appending(path: "x"))
        #expect { try AtomicFolder.verify(url) } throws: { "\($0)".contains("x is damaged") }
        try Data("hell".utf8).write(to: url.appending(path: "x"))
        #expect { try AtomicFolder.verify(url) } throws: { "\($0)".contains("found 4 bytes") }
        try FileManager.default.removeItem(at: url.appending(path: "x"))
        #expect { try AtomicFolder.verify(url) } throws: { "\($0)".contains("x is missing") }
        struct Stop: Error {}
        #expect(throws: Stop.self) { try AtomicFolder.write(to: parent.url.appending(path: "g")) { _ in throw Stop() } }
        #expect(try FileManager.default.contentsOfDirectory(atPath: parent.url.path) == ["f"])
    }

    @Test("random streams: repeatable, independent, normal numbers placed by index")
    func random() {
        var (a, b, c) = (RandomStream(seed: 1, "x", 2), RandomStream(seed: 1, "x", 2), RandomStream(seed: 1, "x", 3))
        let values = (0..<1000).map { _ in a.uniform() }
        #expect(values == (0..<1000).map { _ in b.uniform() })
        #expect(values != (0..<1000).map { _ in c.uniform() })
        #expect(abs(values.reduce(0, +) / 1000 - 0.5) < 0.05)
        var whole = [Float](repeating: 0, count: 100)
        var part = [Float](repeating: 0, count: 40)
        whole.withUnsafeMutableBufferPointer { a.fillNormal($0, std: 2, startingAt: 0) }
        part.withUnsafeMutableBufferPointer { a.fillNormal($0, std: 2, startingAt: 60) }
        #expect(Array(whole[60...]) == part)
    }

    @Test("what is asked last of all leaves the old file, and nothing of a folder")
    func checked() throws {
        struct Stop: Error {}
        let parent = try TemporaryFolder()
        let file = try parent.file("a", "old")
        #expect(throws: Stop.self) {
            try AtomicFile.create(file, check: { throw Stop() }) { try Data([1]).withUnsafeBytes($0.write) }
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == "old")
        let folder = parent.url.appending(path: "f")
        var asked = 0
        // Once for each piece of a file, once before the folder gets its name.
        for last in 1...2 {
            asked = 0
            #expect(throws: Stop.self) {
                try AtomicFolder.write(
                    to: folder,
                    check: {
                        asked += 1
                        if asked == last { throw Stop() }
                    }
                ) { try Data([1]).write(to: $0.appending(path: "x")) }
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: parent.url.path) == ["a"])
    }

    @Test("an interrupt that was dealt with is over")
    func interrupt() {
        let flag = InterruptFlag()
        flag.raise()
        #expect(flag.isRaised)
        flag.reset()
        #expect(!flag.isRaised)
    }
}
