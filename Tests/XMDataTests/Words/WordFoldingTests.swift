// Words are compared without case, Unicode form and invisible characters, in every script. Right values are those of
// Python's str.casefold, str.upper and unicodedata.normalize.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import XMData

@Suite("WordFoldingTests")
struct WordFoldingTests {
    private func hashes(_ text: String) -> [UInt64] {
        var words = WordHashes()
        words.read(text)
        return words.hashes
    }

    private func words(_ text: String) -> [String] {
        var words = WordHashes()
        words.read(text, withRanges: true)
        let utf8 = Array(text.utf8)
        return words.ranges.map { String(decoding: utf8[$0], as: UTF8.self) }
    }

    @Test("no letter has a case, and no character a form, that makes another word of it")
    func allCodePoints() {
        var cased = 0
        var failures: [String] = []
        // Planes 4 to 13 are empty, 15 and 16 for private use; unified ideographs have neither case nor other forms.
        let all = [UInt32(0x80)...0x33FF, 0xA000...0x1FFFF, 0x2F800...0x2FA1F, 0xE0000...0xE0FFF].joined()
        for scalar in all.compactMap(Unicode.Scalar.init) {
            let properties = scalar.properties
            guard properties.generalCategory != .unassigned, properties.generalCategory != .privateUse else { continue }
            if properties.isCased { cased += 1 }
            let text = String(scalar)
            let found = hashes("a" + text + "b")
            var same = [
                properties.lowercaseMapping, properties.uppercaseMapping, properties.titlecaseMapping,
                text.precomposedStringWithCanonicalMapping, text.decomposedStringWithCanonicalMapping,
            ]
            // Symbols separate, whatever letters they stand for.
            if Scalars.kind(scalar.value) == .letter { same.append(text.precomposedStringWithCompatibilityMapping) }
            for other in same where !other.utf8.elementsEqual(text.utf8) && hashes("a" + other + "b") != found {
                failures.append("U+\(String(scalar.value, radix: 16)) and \(other)")
            }
        }
        #expect(failures.isEmpty)
        #expect(cased > 4000)
    }

    @Test(
        "copies in capitals are copies",
        arguments: [
            ("żółta łódź źle ówczesną", "ŻÓŁTA ŁÓDŹ ŹLE ÓWCZESNĄ"),
            ("žlutý kůň běžel ďáblovi", "ŽLUTÝ KŮŇ BĚŽEL ĎÁBLOVI"),
            ("ο άνθρωπος έφτασε ήσυχα", "Ο ΆΝΘΡΩΠΟΣ ΈΦΤΑΣΕ ΉΣΥΧΑ"), ("ᾳ ῷ", "ΑΙ Ω\u{342}Ι"),
            ("ёжик ђорђе ғалым ґанок", "ЁЖИК ЂОРЂЕ ҒАЛЫМ ҐАНОК"),
            ("հայերեն և լեզու", "ՀԱՅԵՐԵՆ ԵՒ ԼԵԶՈՒ"), ("ქართული ენა", "ᲥᲐᲠᲗᲣᲚᲘ ᲔᲜᲐ"),
            ("tiếng việt đẹp lắm", "TIẾNG VIỆT ĐẸP LẮM"),
            ("știință și țară", "ȘTIINȚĂ ȘI ȚARĂ"), ("ışık iyi", "IŞIK İYİ"), ("straße groß", "STRASSE GROẞ"),
            ("ǆep ǳ", "ǅEP Ǳ"),
            ("ᏸᏹ ꭰ", "ᏰᏱ Ꭰ"), ("𐐨𐑂 ꮳ", "𐐀𐐚 Ꮳ"), ("ﬁne oﬃce ŉ", "FINE OFFICE ʼN"),
        ])
    func capitals(lower: String, upper: String) {
        #expect(hashes(lower) == hashes(upper))
        #expect(hashes(lower.decomposedStringWithCanonicalMapping) == hashes(upper))
        #expect(
            hashes(lower.decomposedStringWithCompatibilityMapping)
                == hashes(upper.precomposedStringWithCanonicalMapping))
    }

    @Test("marks in another order, of Hangul, kana and invisible characters make no difference")
    func forms() {
        #expect(hashes("ệ") == hashes("e\u{302}\u{323}") && hashes("ê\u{323}") == hashes("ẹ\u{302}"))
        #expect(hashes("한국어 글") == hashes("한국어 글".decomposedStringWithCanonicalMapping))
        #expect(hashes("ガギ") == hashes("カ\u{3099}キ\u{3099}") && hashes("ガギ") == hashes("ｶﾞｷﾞ") && hashes("ガ").count == 1)
        #expect(hashes("Ｍａｒｔａ １２") == hashes("marta 12") && hashes("⽇本") == hashes("日本"))
        for invisible in [
            "\u{AD}", "\u{200B}", "\u{200C}", "\u{200D}", "\u{2060}", "\u{FEFF}", "\u{34F}", "\u{FE0F}", "\u{E0061}",
        ] {
            #expect(
                hashes("mor\(invisible)ning 神\(invisible)社 łą\(invisible)ka\(invisible)") == hashes("morning 神社 łąka"))
        }
        #expect(words("\u{AD}x\u{AD}y, \u{200D}") == ["x\u{AD}y"])
        #expect(
            words("a≠b a=\u{338}b e\u{301}té ½ m² Windows™") == [
                "a", "b", "a", "b", "e\u{301}té", "½", "½", "m²", "Windows",
            ])
    }

    @Test("other letters are other words, and other marks too")
    func differences() {
        let all = [
            "e", "é", "è", "ê", "ệ", "l", "ł", "o", "ø", "ö", "c", "ć", "č", "か", "が", "ν", "v", "в", "b", "ü", "u",
        ]
        #expect(Set(all.map { hashes($0) }).count == all.count)
        #expect(hashes("e\u{301}\u{302}") != hashes("e\u{302}\u{301}"))  // equal classes keep their order
    }

    @Test("a hundred thousand marks in disorder are sorted, not inserted one by one")
    func manyMarks() {
        let text = "x" + String(repeating: "\u{301}\u{323}", count: 100_000)
        #expect(
            hashes(text)
                == hashes(
                    "x" + String(repeating: "\u{323}", count: 100_000) + String(repeating: "\u{301}", count: 100_000)))
    }
}
