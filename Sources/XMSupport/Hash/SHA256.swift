// SHA-256 (FIPS 180-4): names caches and proves that a checkpoint is whole.
// The arithmetic is libcrypto's, behind CXMCrypto: a checkpoint has many gigabytes, and every one of them is hashed.
// SPDX-License-Identifier: Apache-2.0

import CXMCrypto
package import Foundation

/// A hash that is fed piece by piece. Copies are independent.
package struct SHA256: Sendable {
    private var state = xm_sha256()

    package init() { xm_sha256_begin(&state) }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        xm_sha256_update(&state, bytes.baseAddress, bytes.count)
    }

    /// The digest of everything so far, as 64 lower-case hexadecimal digits.
    package func finalize() -> String {
        var digest = [UInt8](repeating: 0, count: Int(XM_SHA256_BYTES))
        withUnsafePointer(to: state) { xm_sha256_digest($0, &digest) }
        return digest.map { String(format: "%02x", $0) }.joined()
    }

    package static func hex(of data: Data) -> String {
        var hash = SHA256()
        data.withUnsafeBytes { hash.update($0) }
        return hash.finalize()
    }

    /// Hashes a file in pieces of 1 MiB; mapped pages would count as this program's memory. `check` is called after
    /// each piece, and what it throws ends the work. Throws `FileError.unreadable`.
    package static func hex(ofFile url: URL, check: () throws -> Void = {}) throws -> String {
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.unreadable(url.path, String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var hash = SHA256()
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { piece.deallocate() }
        while true {
            let count = read(descriptor, piece.baseAddress!, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FileError.unreadable(url.path, String(cString: strerror(errno))) }
            if count == 0 { return hash.finalize() }
            hash.update(UnsafeRawBufferPointer(rebasing: piece[..<count]))
            try check()
        }
    }
}
