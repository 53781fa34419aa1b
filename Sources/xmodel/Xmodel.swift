// The program's entry: one subcommand per file beside this one.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

@main
struct Xmodel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "xmodel",
        abstract: "Train, tune and run Xmodel-2: a small reasoning language model, from text to answers.",
        subcommands: [Scratch.self, DoctorCommand.self])
}
