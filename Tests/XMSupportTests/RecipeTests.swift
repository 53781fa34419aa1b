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
        #expect(message(Self.text + "name: b\n").contains("stands twice"))
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
}
