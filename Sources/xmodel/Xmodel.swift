// The entry point: the list of subcommands, each in a file beside this one, and how they end.
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
            EvalCommand.self, ConvertCommand.self, QuantizeCommand.self, InspectCommand.self, TokenizerCommand.self,
            QuickstartCommand.self,
            DataCommand.self, DoctorCommand.self, BenchCommand.self,
        ])

    /// Runs the command. Help goes to standard output like any result; an error is one sentence on standard error; if
    /// the reader of a pipe has gone, the program ends silently with the status of SIGPIPE.
    static func main() {
        ProcessStart.prepare()
        DescriptorLimit.raise()
        do {
            do {
                var command = try parseAsRoot()
                try command.run()
            } catch  where exitCode(for: error).isSuccess {
                // ArgumentParser reports --help and --version as errors of exit status 0.
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
