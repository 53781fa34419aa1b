// Bytes of a file from front to back: as they lie there, or decompressed.
// Next: ByteReader.swift, which rows are cut from.
// SPDX-License-Identifier: Apache-2.0

import CXMCompression
import Foundation

protocol ByteSource: AnyObject {
    /// Fills as much as it can in one go; 0 at the end.
    func read(into room: UnsafeMutableRawBufferPointer) throws -> Int
    /// Moves on by `count` bytes; returns how many there were.
    func skip(_ count: Int) throws -> Int
}

extension ByteSource {
    /// `skip` for sources that must see what they pass over.
    func skipByReading(_ count: Int) throws -> Int {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
        defer { room.deallocate() }
        var skipped = 0
        while skipped < count {
            let part = UnsafeMutableRawBufferPointer(rebasing: room.prefix(count - skipped))
            let read = try read(into: part)
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
    /// Place in the file of the next byte.
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

    /// As `read`, anywhere in the file; `offset` stays.
    func read(at place: Int, into room: UnsafeMutableRawBufferPointer) throws -> Int {
        guard !room.isEmpty else { return 0 }
        while true {
            let count = pread(descriptor, room.baseAddress, room.count, off_t(place))
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

/// gzip members or zstd frames, one after the other, as one stream.
final class DecompressedBytes: ByteSource {
    private let file: FileBytes
    private let decoder: OpaquePointer
    private let kind: Compression
    private let input: UnsafeMutableRawBufferPointer
    private var pending = 0..<0  // of `input`
    /// Between two members, where the file may end.
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
                    // Output may still wait inside the decoder, so an unfinished member gets one more turn below.
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
                if noInput && produced == 0 { throw damaged("the \(kind.rawValue) stream ends too early") }
            default: throw damaged(reason.map { String(cString: $0) } ?? "broken \(kind.rawValue) data")
            }
            if produced > 0 { return produced }
        }
    }

    /// Zeros after a gzip member are padding of the medium that it was written to. True when any were dropped.
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
