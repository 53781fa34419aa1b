// Recipes as people write and read them: little must be there, and everything is explained.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMData
import XMSupport
import XMTrain

@Suite("CommentedRecipeTests")
struct CommentedRecipeTests {
    private func decode(_ yaml: String) throws -> TrainConfig {
        try Recipe.decode(TrainConfig.self, yaml: yaml, file: "r.yaml")
    }

    @Test("a recipe needs a tokenizer, one source and the steps; the rest has defaults")
    func least() throws {
        let config = try decode(
            "data: {tokenizer: t.model, sources: [{name: text, files: [texts]}]}\ntrain: {steps: 400}\n")
        try config.validate()
        #expect(config.data.sources[0].format == .text && config.mixtures.stable == ["text": 1])
        #expect(config.train.batchSize == 16 && config.train.sequenceLength == 512 && config.seed == 1)
        #expect(config.schedule.warmupSteps == 20)  // a twentieth
        #expect(config.optimizer == AdamWConfig())
        let long = try decode(
            "data: {tokenizer: t.model, sources: [{name: text, files: [texts]}]}\ntrain: {steps: 400000}\nschedule: {}\n"
        )
        #expect(long.schedule.warmupSteps == 2000)
    }

    @Test("all that is missing is said at once; two sources want their shares")
    func missing() {
        #expect {
            _ = try decode("name: a\n")
        } throws: {
            "\($0)" == "r.yaml: keys 'data.tokenizer', 'data.sources', 'train.steps' are missing; add them"
        }
        #expect {
            _ = try decode(
                "data: {tokenizer: t, sources: [{name: a, files: [a]}, {name: b, files: [b]}]}\ntrain: {steps: 1}\n")
        } throws: {
            "\($0)".contains("key 'mixtures.stable' is missing")
        }
    }

    @Test("a recipe with its comments is the same recipe, and every key has one")
    func comments() throws {
        let config = try decode(
            """
            name: mine
            data:
              root: .
              tokenizer: t.model
              sources: [{name: text, files: [../a, "b: #c"]}, {name: chat, files: [c], format: qa}]
              validation: [{name: seen, files: [d]}]
            mixtures: {stable: {text: 1}, decay: {text: 0.36, chat: 0.64}}
            train: {steps: 100}
            guard: {}
            """)
        let text = try CommentedRecipe.text(config, header: ["Made by hand", "", "  5 x 5 = 25"])
        #expect(text.hasPrefix("# Made by hand\n#\n#   5 x 5 = 25\n"))
        #expect(try decode(text) == config)
        for line in text.split(separator: "\n") { #expect(line.count <= 120, "\(line)") }
        // Names of sources in mixtures and elements of lists are the user's own; sections are explained by their keys.
        let lines = text.split(separator: "\n").map(String.init)
        var isMixture = false
        for (number, line) in lines.enumerated() where !line.drop(while: { $0 == " " }).hasPrefix("#") {
            if !line.hasPrefix(" ") { isMixture = line.hasPrefix("mixtures:") }
            let isSection = !line.hasPrefix(" ") && line.hasSuffix(":")
            let isElement = line.contains("- ") && !line.contains("- name:")
            let isShare = isMixture && line.hasPrefix("    ")
            guard !isSection, !isElement, !isShare else { continue }
            let isExplained = line.contains(" # ") || number > 0 && lines[number - 1].contains("# ")
            #expect(isExplained, "no comment: \(line)")
        }
    }
}
