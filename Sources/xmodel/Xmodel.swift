// The program's entry: one subcommand per file beside this one, and how each of them ends.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMSupport

@main
struct Xmodel: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "xmodel",
        abstract: "Train, tune and run Xmodel-2: a small reasoning language model, from text to answers.",
        discussion: """
              xmodel doctor
              xmodel train recipes/pretrain/nano-realtext.yaml --output runs/realtext
              xmodel generate --model runs/nano --prompt "It was a"
              xmodel chat --model SmolLM2-135M-Instruct.Q4_1.gguf
            """,
        version: version,
        subcommands: [
            InitCommand.self, TrainCommand.self, GenerateCommand.self, ChatCommand.self, PerplexityCommand.self,
            ConvertCommand.self,
            QuantizeCommand.self, InspectCommand.self, TokenizerCommand.self, QuickstartCommand.self,
            DataCommand.self, DoctorCommand.self, BenchCommand.self,
        ])

    /// Help is a result like any other; an error is one sentence on standard error; and a reader who has seen enough
    /// hears nothing, as if the signal for it had ended the program.
    static func main() {
        ProcessStart.prepare()
        DescriptorLimit.raise()
        do {
            do {
                var command = try parseAsRoot()
                try command.run()
            } catch  where exitCode(for: error).isSuccess {
                let text = fullMessage(for: error)
                if !text.isEmpty { try Output.line(text) }
            }
        } catch OutputError.closed {
            exit(withError: ExitCode(128 + SIGPIPE))
        } catch {
            exit(withError: error)
        }
    }
}
