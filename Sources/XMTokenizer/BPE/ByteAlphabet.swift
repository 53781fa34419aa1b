// GPT-2's byte alphabet: every byte is represented by a printable character, so that a vocabulary of byte strings is
// ordinary text. Printable Latin-1 bytes represent themselves; the others are U+0100, U+0101, … in order (the space is
// "Ġ", U+0120).
// SPDX-License-Identifier: Apache-2.0

enum ByteAlphabet {
    /// The character of every byte. [256]
    static let scalars: [Unicode.Scalar] = {
        var next: UInt16 = 0x100
        return (0...255).map { (byte: UInt8) in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)
            default:
                defer { next += 1 }
                return Unicode.Scalar(next) ?? "?"
            }
        }
    }()

    /// The byte of a character below U+0144; -1 if it is not in the alphabet.
    private static let byteOfScalar: [Int16] = {
        var table = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { table[Int(scalar.value)] = Int16(byte) }
        return table
    }()

    /// The bytes of a piece; nil if it has a character outside the alphabet.
    static func bytes(of piece: String) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(piece.utf8.count)
        for scalar in piece.unicodeScalars {
            guard scalar.value < 0x144, byteOfScalar[Int(scalar.value)] >= 0 else { return nil }
            result.append(UInt8(byteOfScalar[Int(scalar.value)]))
        }
        return result
    }
}
