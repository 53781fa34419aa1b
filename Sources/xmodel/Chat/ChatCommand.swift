// `xmodel chat`: a conversation with a model. Options are here, the loop is in ChatConsole.swift, the conversation in
// XMInference's ChatSession.swift.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMInference
import XMSupport

struct ChatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Talk with a model in the terminal.",
        discussion: """
            Write a message and press Enter. Alt-Enter, or a backslash before Enter, begins a new line; a pasted text of \
            many lines stays one message. Ctrl-C stops an answer, Ctrl-D leaves. /help lists the commands: another \
            answer, taking a message back, the system message, saving and loading, settings.

            Where standard input is not a terminal, every line of it is a message or a command, and the answers alone go \
            to standard output. The default context is 4096 positions or what the model was made for; when it is full, \
            the oldest turns are left out, down to half of it, with a notice.

              xmodel chat --model SmolLM2-135M-Instruct.Q4_1.gguf --temperature 0.3
              echo "What is gravity?" | xmodel chat --model model.gguf --seed 1
            """)

    @OptionGroup var modelOptions: ModelOptions

    @Option(help: "System message in front of the conversation.")
    var system: String?

    @Option(help: ArgumentHelp("Go on with a conversation that /save wrote.", valueName: "file"))
    var load: String?

    @Option(help: "Maximum number of tokens in one answer.")
    var maxTokens = 1024

    @OptionGroup var templateOptions: ChatTemplateOptions

    @OptionGroup var sampling: SamplingArguments

    func validate() throws {
        try require(("max-tokens", maxTokens, 1...Most.count))
    }

    func run() throws {
        let file = try ModelBundle.open(modelOptions.model)
        let template = try templateOptions.template(of: file)
        let saved = try load.map { try SavedChat(contentsOf: URL(filePath: $0)) }
        let model = try modelOptions.load(file, slots: 1, context: 4096)
        var session = ChatSession(
            model, template: template,
            settings: ChatSession.Settings(sampling: Self.defaultSampling, maxTokens: maxTokens))
        if let saved { session.resume(saved) }
        session.settings.sampling = sampling.options(over: session.settings.sampling)
        if let system { session.settings.system = system }
        try ChatConsole(session, modelName: model.identity.name, memory: model.memory).run()
    }

    /// Varied without going astray.
    private static var defaultSampling: SamplingOptions {
        var sampling = SamplingOptions.random(temperature: 0.7, seed: UInt64(UInt32.random(in: 1 ... .max)))
        sampling.topP = 0.95
        return sampling
    }
}
