// A sequential source of bytes: a file as stored, or decompressed.
// Next: ByteReader.swift, which buffers it.
// SPDX-License-Identifier: Apache-2.0

import CXMCompression
import Foundation

protocol ByteSource: AnyObject {
    /// Reads at least one byte unless at the end; returns the number of bytes, 0 at the end.
    func read(into room: UnsafeMutableRawBufferPointer) throws -> Int
    /// Skips up to `count` bytes; returns how many were skipped.
    func skip(_ count: Int) throws -> Int
}

extension ByteSource {
    /// `skip` for sources that cannot seek.
    func skipByReading(_ count: Int) throws -> Int {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
        defer { room.deallocate() }
        var skipped = 0
        while skipped < count {
            let read = try read(into: UnsafeMutableRawBufferPointer(rebasing: room.prefix(count - skipped)))
            if read == 0 { break }
            skipped += read
        }
        return skipped
    }
}

final class FileBytes: ByteSource {
    let path: String
    private let descriptor: Int32
    let size: Int
    /// Position in the file of the next byte.
    private(set) var offset = 0

    init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ReaderError.unreadable(path: path, reason: String(cString: strerror(errno)))
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw ReaderError.unreadable(path: path, reason: "not a regular file")
        }
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    func read(into room: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = try read(at: offset, into: room)
        offset += count
        return count
    }

    /// Reads at any position of the file without moving `offset`.
    func read(at position: Int, into room: UnsafeMutableRawBufferPointer) throws -> Int {
        guard !room.isEmpty else { return 0 }
        while true {
            let count = pread(descriptor, room.baseAddress, room.count, off_t(position))
            if count >= 0 { return count }
            guard errno == EINTR else {
                throw ReaderError.unreadable(path: path, reason: String(cString: strerror(errno)))
            }
        }
    }

    func skip(_ count: Int) throws -> Int {
        let taken = min(count, max(0, size - offset))
        offset += taken
        return taken
    }
}

/// Decompresses a sequence of gzip members or zstd frames as one stream.
final class DecompressedBytes: ByteSource {
    private let file: FileBytes
    private let decoder: OpaquePointer
    private let kind: Compression
    private let input: UnsafeMutableRawBufferPointer
    private var pending = 0..<0  // of `input`
    /// At a boundary between members, where the file may end.
    private var isBetween = true

    init(_ file: FileBytes, _ kind: Compression) throws {
        self.file = file
        self.kind = kind
        guard let decoder = xm_decoder_create(kind == .gzip ? XM_COMPRESSION_GZIP : XM_COMPRESSION_ZSTD) else {
            throw ReaderError.unreadable(path: file.path, reason: "out of memory")
        }
        self.decoder = decoder
        input = .allocate(byteCount: 1 << 17, alignment: 16)
    }

    deinit {
        xm_decoder_free(decoder)
        input.deallocate()
    }

    func read(into room: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            if pending.isEmpty {
                pending = 0..<(try file.read(into: input))
                if pending.isEmpty {
                    // The decoder may still hold output of an unfinished member, which is flushed below.
                    if isBetween { return 0 }
                }
            }
            if isBetween, kind == .gzip, skipPadding() { continue }
            var consumed = 0
            var produced = 0
            var reason: UnsafePointer<CChar>?
            let result = xm_decoder_run(
                decoder, input.baseAddress! + pending.lowerBound, pending.count, &consumed, room.baseAddress,
                room.count, &produced, &reason)
            let noInput = pending.isEmpty
            pending = pending.lowerBound + consumed..<pending.upperBound
            if consumed > 0 { isBetween = false }
            switch result {
            case XM_DECODE_ENDED: isBetween = true
            case XM_DECODE_MORE:
                if noInput && produced == 0 { throw damaged("the \(kind.rawValue) stream is truncated") }
            default: throw damaged(reason.map { String(cString: $0) } ?? "corrupt \(kind.rawValue) data")
            }
            if produced > 0 { return produced }
        }
    }

    /// Skips zeros after a gzip member, the padding of tapes and other block devices; returns whether there were any.
    private func skipPadding() -> Bool {
        let zeros = input[pending].prefix { $0 == 0 }.count
        pending = pending.lowerBound + zeros..<pending.upperBound
        return zeros > 0
    }

    private func damaged(_ reason: String) -> ReaderError {
        .damaged(path: file.path, offset: file.offset - pending.count, reason: reason)
    }

    func skip(_ count: Int) throws -> Int { try skipByReading(count) }
}
