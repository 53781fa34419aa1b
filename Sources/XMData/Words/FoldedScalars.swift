// The role of each code point in words: letters are folded so that neither case nor normalization form matters. The
// rule is NFKC_Casefold (Unicode Standard Annex 44) with three deviations: results stay decomposed, which saves
// composing them; symbols and punctuation separate words whatever they decompose to, so that "™" is not "tm"; and
// letters are equal when their upper or lower cases are, so that Turkish "ı" equals "i". A single table, built on first
// use from the Unicode data of the standard library and Foundation; all word comparisons use it. Next:
// WordHashes.swift.
// SPDX-License-Identifier: Apache-2.0

import Foundation

struct FoldedScalars: Sendable {
    enum Role: UInt32 {
        case separator
        /// Invisible (Default_Ignorable_Code_Point): soft hyphens, joiners, variation selectors. Skipped.
        case ignored
        case letter
        /// A word by itself, together with the marks that follow it.
        case alone
        /// Combining mark; belongs to the preceding letter.
        case mark
        /// Folds to several entries.
        case sequence
    }

    /// Bits 0 to 20: the folded code point, or the index of a sequence; 21 to 23: the role; 24 to 31: the canonical
    /// combining class of a mark, the kind of all others.
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

    /// Index of the first entry of each page of 256 code points; equal pages are stored once.
    private var pages: [UInt32] = []
    private var entries: [Entry] = []
    /// Each sequence as its length, followed by the bits of its entries.
    private var sequences: [UInt32] = []

    subscript(_ scalar: UInt32) -> Entry { entries[Int(pages[Int(scalar >> 8)] + scalar & 0xFF)] }

    /// The entries that an entry with the role `sequence` folds to.
    func sequence(_ entry: Entry) -> some Sequence<Entry> {
        let index = Int(entry.value)
        return sequences[index + 1...index + Int(sequences[index])].lazy.map { Entry(bits: $0) }
    }

    // MARK: - Building the table

    private init() {
        var known: [[UInt32]: UInt32] = [:]
        for page in UInt32(0)..<0x1100 {
            // Planes 4 to 13 are unassigned, 15 and 16 are for private use.
            let isEmpty = 0x400..<0xE00 ~= page || page >= 0xF00
            let made = (0..<256).map {
                isEmpty ? Entry(.separator, 0, Scalars.Kind.symbol.rawValue) : entry(page << 8 | $0)
            }
            let bits = made.map(\.bits)
            if let first = known[bits] {
                pages.append(first)
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
        let index = UInt32(sequences.count)
        sequences.append(UInt32(folded.count))
        sequences += folded.map { Self.entry($0, Self.role($0), Self.kind($0)).bits }
        return Entry(.sequence, index, kind.rawValue)
    }

    private static func entry(_ scalar: Unicode.Scalar, _ role: Role, _ kind: Scalars.Kind) -> Entry {
        Entry(role, scalar.value, role == .mark ? scalar.properties.canonicalCombiningClass.rawValue : kind.rawValue)
    }

    /// Unified ideographs: many, and none has a decomposition.
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
        // Most likely letters of scripts newer than the Unicode data at hand.
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

    /// COMBINING GREEK YPOGEGRAMMENI, whose upper case is an iota, stays a mark (`WordHashes.addMarks`).
    static let iotaSubscript: UInt32 = 0x345

    /// Decomposed, case-folded, decomposed again.
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
        // By way of the upper case: "ß" becomes "ss", because its upper case is "SS", and "ς" becomes "σ".
        let upper = mapped(lower) { $0.properties.uppercaseMapping }
        let folded = mapped(upper) { $0.properties.lowercaseMapping }
        return folded == [scalar] ? folded : decomposed(folded)
    }
}
