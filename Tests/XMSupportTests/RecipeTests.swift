// Recipes are strict: every slip is named with file, line and what to do.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMSupport

@Suite("RecipeTests")
struct RecipeTests {
    struct Sample: Codable, Equatable {
        var name: String
        var train: Train
        var weights: [String: Double]?
        var list: [Int]?
        struct Train: Codable, Equatable {
            var steps: Int
            var kind: Kind
            enum Kind: String, Codable, CaseIterable { case wsd, cosine }
        }
    }
    static let text = "name: a\n\ntrain:\n  steps: 20\n  kind: wsd\nweights: {x: 0.5, y: 1}\n"

    private func message(_ yaml: String, overrides: [String] = []) -> String {
        do {
            _ = try Recipe.decode(Sample.self, yaml: yaml, file: "r.yaml", overrides: overrides)
            return "no error"
        } catch { return "\(error)" }
    }

    @Test("values, lists and dictionaries are read; overrides replace them")
    func values() throws {
        let sample = try Recipe.decode(
            Sample.self, yaml: Self.text, file: "r.yaml",
            overrides: ["train.steps=30", "weights={z: 2}", "list=[1, 2]"])
        #expect(sample == Sample(name: "a", train: .init(steps: 30, kind: .wsd), weights: ["z": 2], list: [1, 2]))
        #expect(try Recipe.decode(Sample.self, yaml: Recipe.yaml(sample), file: "again") == sample)
    }

    @Test("an unknown key is named with line and nearest name")
    func unknown() {
        #expect(
            message(Self.text.replacing("steps", with: "stebs"))
                == "r.yaml:4: unknown key 'stebs' in 'train'; did you mean 'steps'?")
        #expect(
            message(Self.text.replacing("  kind", with: "  stepz: 3\n  kind"))
                == "r.yaml:5: unknown key 'stepz' in 'train'; did you mean 'steps'?")
        #expect(message(Self.text, overrides: ["train.step=3"]).contains("unknown key 'step' in 'train'"))
    }

    @Test("all missing keys are said at once, also those of sections that are missing or empty")
    func missing() {
        struct Whole: Codable {
            var name: String
            var share: Double
            var isOn: Bool
            var list: [Int]
            var sizes: [String: Int]
            var train: Train
            struct Train: Codable { var steps: Int; var rate: Double?; var inner: Inner }
            struct Inner: Codable { var width: UInt8 }
        }
        func message(_ yaml: String) -> String {
            do {
                return "\(try Recipe.decode(Whole.self, yaml: yaml, file: "r.yaml"))"
            } catch { return "\(error)" }
        }
        let all = "'name', 'share', 'isOn', 'list', 'sizes'"
        #expect(message("{}") == "r.yaml: keys \(all), 'train.steps', 'train.inner.width' are missing; add them")
        #expect(
            message("train: {steps: 3, inner: }") == "r.yaml: keys \(all), 'train.inner.width' are missing; add them")
        #expect(
            message("{name: a, share: 1, isOn: true, list: [], sizes: {}, train: {steps: 3}}")
                == "r.yaml:1: key 'train.inner.width' is missing; add it")
        // A slip is still named as one.
        #expect(message("shore: 3").contains("unknown key 'shore' at the top level; did you mean 'share'?"))
    }

    @Test("wrong values, missing keys, bad YAML and bad overrides")
    func wrong() {
        #expect(
            message(Self.text.replacing("20", with: "twenty"))
                == "r.yaml:4: 'train.steps' is 'twenty'; it must be a whole number")
        #expect(
            message(Self.text.replacing("wsd", with: "cosin"))
                == "r.yaml:5: 'train.kind' is 'cosin'; it must be one of wsd, cosine; did you mean 'cosine'?")
        #expect(message(Self.text.replacing("wsd", with: "foobar")).hasSuffix("it must be one of wsd, cosine"))
        #expect(message("train: 3\nname: a").contains("'train' is '3'; it must be a section with keys"))
        #expect(message("train:\n  kind: wsd\nname: a\n") == "r.yaml:2: key 'train.steps' is missing; add it")
        #expect(message("name: [a\n").contains("not valid YAML"))
        #expect(message(Self.text + "name: b\n").contains("duplicate"))
        #expect(message(Self.text, overrides: ["steps"]).contains("write it as key.path=value"))
        #expect(message("") == message("\n") && message("# nothing\n").hasPrefix("r.yaml: is empty"))
    }

    @Test("what an override put there is blamed on it, and nothing else is")
    func blame() {
        func message(_ overrides: String...) -> String { self.message(Self.text, overrides: overrides) }
        #expect(message("train.kind=w").hasPrefix("--set train.kind=w: 'train.kind' is 'w'; it must be one of"))
        #expect(message("train.steps=20", "train.steps=x").hasPrefix("--set train.steps=x: 'train.steps' is 'x'"))
        #expect(
            message("train={steps: 3, kynd: wsd}").hasPrefix("--set train={steps: 3, kynd: wsd}: unknown key 'kynd'"))
        #expect(message("train={steps: 3}") == "--set train={steps: 3}: key 'train.kind' is missing; add it")
        #expect(message("train.step=3").hasPrefix("--set train.step=3: unknown key 'step' in 'train'"))
        #expect(message("list=[1, b]").hasPrefix("--set list=[1, b]: 'list.1' is 'b'"))
        #expect(message("list=[1").hasPrefix("--set list=[1: the value is not valid YAML"))
        #expect(message("list=[1]") == "no error")
        #expect(
            self.message("name: a\n", overrides: ["train.steps=3"])
                == "--set train.steps=3: key 'train.kind' is missing; add it")
        #expect(
            self.message(Self.text.replacing("20", with: "x"), overrides: ["train.kind=wsd"])
                == "r.yaml:4: 'train.steps' is 'x'; it must be a whole number")
    }

    struct Values: Codable, Equatable {
        var numbers: [Double]
        var texts: [String]
        var off: Int?
        var section: [String: [String: Double]?]
    }

    @Test("written values come back: numbers by their bits, texts that look like something else, what is off")
    func written() throws {
        var numbers = [0, -0.0, 1, 0.1, 1e16, 1e-5, 1e300, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity]
        var bits: UInt64 = 0x9E37_79B9_7F4A_7C15
        for _ in 0..<300 {
            bits = bits &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let number = Double(bitPattern: bits)
            if !number.isNaN { numbers.append(number) }
        }
        let texts = [
            "", " ", "null", "~", "true", "No", "12", "1e3", "0x1F", ".5", ".inf", "a: b", "# a", "- a", "[a]", "'",
            "\"",
            " led", "line\nline\n", "tab\there", "é 你好 🙂", "a\\b", "*x", "&x", "!x", "%x", "@x", "`x", "1:30", "=",
            "<<",
            String(repeating: "long text ", count: 40), "\r\n", "\u{85}", "\u{2028}",
        ]
        let values = Values(numbers: numbers, texts: texts, off: nil, section: ["b": ["y": 2, "x": 1], "a": nil])
        let text = try Recipe.yaml(values)
        let again = try Recipe.decode(Values.self, yaml: text, file: "again")
        #expect(again.numbers.map(\.bitPattern) == values.numbers.map(\.bitPattern))
        #expect(again.texts.map { Array($0.utf8) } == texts.map { Array($0.utf8) })
        #expect(again.off == nil && text.contains("off: null"))
        #expect(text.hasSuffix("section:\n  a: null\n  b:\n    x: 1\n    y: 2\n"))
    }

    @Test("differences are found by path, with both values")
    func differences() throws {
        let old = Values(numbers: [1, 2], texts: ["a"], off: nil, section: ["a": ["x": 1]])
        let new = Values(numbers: [1, 2.5, 3], texts: ["a"], off: 4, section: ["a": ["y": 1], "b": nil])
        #expect(try Recipe.differences(from: old, to: old).isEmpty)
        #expect(
            try Recipe.differences(from: old, to: new).map { "\($0.key): \($0.from) -> \($0.to)" } == [
                "numbers.1: 2 -> 2.5", "numbers.2: absent -> 3", "off: null -> 4", "section.a.x: 1 -> absent",
                "section.a.y: absent -> 1", "section.b: absent -> null",
            ])
    }
}
