// How each code point takes part in words: letters are folded so that neither case nor Unicode form makes a difference.
// The rule is that of NFKC_Casefold (Unicode Standard Annex 44) with three liberties: results stay decomposed, which
// spares composing them; symbols and punctuation separate words whatever they decompose to, so that "™" is no "tm"; and
// letters are equal when their upper or lower cases are, so that Turkish "ı" is "i". One table, made on first use from
// the Unicode data of the standard library and Foundation; all comparisons of words use it. Next: WordHashes.swift.
// SPDX-License-Identifier: Apache-2.0

import Foundation

struct FoldedScalars: Sendable {
    enum Role: UInt32 {
        case separator
        /// Invisible (Default_Ignorable_Code_Point), as soft hyphens, joiners, variation selectors: passed over.
        case ignored
        case letter
        /// A word of its own, with the marks behind it.
        case alone
        /// Combining; belongs to the letter before it.
        case mark
        /// Stands for several entries.
        case sequence
    }

    /// Bits 0 to 20: the folded code point, or a sequence's place; 21 to 23: the role; 24 to 31: a mark's canonical
    /// combining class, of all others the kind.
    struct Entry: Sendable, Equatable {
        fileprivate let bits: UInt32

        fileprivate init(_ role: Role, _ value: UInt32, _ rest: UInt8) {
            bits = value | role.rawValue << 21 | UInt32(rest) << 24
        }

        fileprivate init(bits: UInt32) { self.bits = bits }

        var value: UInt32 { bits & 0x1F_FFFF }
        var role: Role { Role(rawValue: bits >> 21 & 7) ?? .separator }
        var combiningClass: UInt32 { bits >> 24 }
        /// Marks count as letters of their script.
        var kind: Scalars.Kind { role == .mark ? .letter : Scalars.Kind(rawValue: UInt8(bits >> 24)) ?? .letter }
    }

    static let shared = FoldedScalars()

    /// For every 256 code points where their entries begin; equal pages are kept once.
    private var pages: [UInt32] = []
    private var entries: [Entry] = []
    /// Of each sequence: its length, then its entries' bits.
    private var sequences: [UInt32] = []

    subscript(_ scalar: UInt32) -> Entry { entries[Int(pages[Int(scalar >> 8)] + scalar & 0xFF)] }

    /// What an entry of the role `sequence` stands for.
    func sequence(_ entry: Entry) -> some Sequence<Entry> {
        let place = Int(entry.value)
        return sequences[place + 1...place + Int(sequences[place])].lazy.map { Entry(bits: $0) }
    }

    // MARK: - Making the table

    private init() {
        var known: [[UInt32]: UInt32] = [:]
        for page in UInt32(0)..<0x1100 {
            // Planes 4 to 13 hold nothing, 15 and 16 are for private use.
            let isEmpty = 0x400..<0xE00 ~= page || page >= 0xF00
            let made = (0..<256).map {
                isEmpty ? Entry(.separator, 0, Scalars.Kind.symbol.rawValue) : entry(page << 8 | $0)
            }
            let bits = made.map(\.bits)
            if let place = known[bits] {
                pages.append(place)
            } else {
                known[bits] = UInt32(entries.count)
                pages.append(UInt32(entries.count))
                entries += made
            }
        }
    }

    private mutating func entry(_ value: UInt32) -> Entry {
        guard let scalar = Unicode.Scalar(value) else { return Entry(.separator, 0, Scalars.Kind.symbol.rawValue) }
        let kind = Self.kind(scalar)
        let role = Self.role(scalar)
        guard role != .separator, role != .ignored, !Self.isUnified(value) else {
            return Self.entry(scalar, role, kind)
        }
        let folded = Self.folded(scalar)
        if folded.count == 1 { return Self.entry(folded[0], Self.role(folded[0]), kind) }
        let place = UInt32(sequences.count)
        sequences.append(UInt32(folded.count))
        sequences += folded.map { Self.entry($0, Self.role($0), Self.kind($0)).bits }
        return Entry(.sequence, place, kind.rawValue)
    }

    private static func entry(_ scalar: Unicode.Scalar, _ role: Role, _ kind: Scalars.Kind) -> Entry {
        Entry(role, scalar.value, role == .mark ? scalar.properties.canonicalCombiningClass.rawValue : kind.rawValue)
    }

    /// Unified ideographs: many, and none decomposes.
    private static func isUnified(_ value: UInt32) -> Bool {
        0x3400...0x4DBF ~= value || 0x4E00...0x9FFF ~= value || 0x20000...0x2F7FF ~= value || 0x30000...0x3FFFF ~= value
    }

    private static func role(_ scalar: Unicode.Scalar) -> Role {
        let properties = scalar.properties
        if properties.isDefaultIgnorableCodePoint { return .ignored }
        if Scalars.isHan(scalar.value) { return .alone }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return .mark
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber:
            return Scalars.script(scalar.value) == .kana ? .alone : .letter
        // Letters, for all we know, of scripts that are newer than the table.
        case .unassigned: return .letter
        default: return .separator
        }
    }

    private static func kind(_ scalar: Unicode.Scalar) -> Scalars.Kind {
        let properties = scalar.properties
        if properties.isDefaultIgnorableCodePoint { return .control }
        if Scalars.isHan(scalar.value) { return .letter }
        switch properties.generalCategory {
        case .control, .format, .surrogate: return .control
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: return .space
        case .decimalNumber, .letterNumber, .otherNumber: return .digit
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol,
            .privateUse:
            return .symbol
        default: return .letter
        }
    }

    /// COMBINING GREEK YPOGEGRAMMENI, an iota in upper case, keeps its place among the marks (`WordHashes.add`).
    static let iotaSubscript: UInt32 = 0x345

    /// Decomposed, without case, decomposed again.
    private static func folded(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        func decomposed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars)
            return Array(String(text).decomposedStringWithCompatibilityMapping.unicodeScalars)
        }
        func mapped(_ scalars: [Unicode.Scalar], _ mapping: (Unicode.Scalar) -> String) -> [Unicode.Scalar] {
            scalars.flatMap { $0.value == iotaSubscript ? [$0] : Array(mapping($0).unicodeScalars) }
        }
        let parts = decomposed([scalar])
        let lower = mapped(parts) { $0.properties.lowercaseMapping }
        // Through the upper case: "ß" is "ss", as its upper case is "SS", and "ς" is "σ".
        let upper = mapped(lower) { $0.properties.uppercaseMapping }
        let folded = mapped(upper) { $0.properties.lowercaseMapping }
        return folded == [scalar] ? folded : decomposed(folded)
    }
}
