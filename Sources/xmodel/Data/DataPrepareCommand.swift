// `xmodel data prepare` and `merge`: a recipe's data section becomes a folder of shards, on one machine or in parts.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMData
import XMSupport
import XMTensor
import XMTrain

struct DataPrepareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prepare",
        abstract: "Read, encode and write the shards of a recipe's data section.",
        discussion: """
            Running it again goes on where it was stopped; a finished folder is left as it is. With --part, n runs on \
            n machines that share the folder do the same work as one, and 'xmodel data merge' joins what they did.

              xmodel data prepare recipes/pretrain/nano-realtext.yaml --output shards/nano
              seq 4 | xargs -P 4 -I{} xmodel data prepare recipe.yaml \\
                  --output shards/web --part {}/4 --threads 1
            """)

    @OptionGroup var options: DataRecipeOptions

    @Option(
        help: "Do one part of the work: 3/8 is the third of eight. When all are done, run 'xmodel data merge'.",
        transform: { text in
            guard let part = PreparationPart(text) else {
                throw ValidationError(
                    "write it as i/n with i from 1 to n and n at most \(PreparationPart.most), for example 3/8")
            }
            return part
        })
    var part: PreparationPart?

    @Flag(help: "Only search for duplicates, so that parts need not wait for each other.")
    var searchOnly = false

    @Flag(help: "Delete the shards in the folder and start over.")
    var restart = false

    @OptionGroup var threading: ThreadOptions

    func run() throws {
        let config = try options.load()
        let preparation = try options.preparation(config)
        if restart { try FolderRestart.shards.clear(preparation.folder) }
        let interrupt = InterruptFlag()
        interrupt.install()
        do {
            let manifest = try PreparationRun(preparation, pool: threading.makePool(), interrupt: interrupt).run(
                part: part, searchOnly: searchOnly)
            guard let manifest else {
                if searchOnly { return talk("the duplicates are known; prepare the shards now") }
                return talk(
                    "part \(part.map(String.init(describing:)) ?? "") is done; when all are, run 'xmodel data merge'")
            }
            try Output.line(SourceTable.text(manifest))
            SourceTable.skipped(manifest).map(talk)
            try config.missingTargets(in: PreparedFolder(preparation.folder)).forEach(talk)
            try Output.line("\(preparation.folder.path): \(HumanText.grouped(manifest.tokens)) tokens")
        } catch PreparationError.interrupted {
            talk("\(PreparationError.interrupted)")
        }
    }
}

struct DataMergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Join the records of all parts into the manifest.",
        discussion: """
            Takes seconds: only the small records beside the shards are read. Says which unit is missing, if one is.

              xmodel data merge recipes/pretrain/nano-realtext.yaml --output shards/nano
              xmodel data merge recipe.yaml --output shards/web
            """)

    @OptionGroup var options: DataRecipeOptions

    func run() throws {
        let config = try options.load()
        let preparation = try options.preparation(config)
        let manifest = try preparation.merge()
        try Output.line(SourceTable.text(manifest))
        SourceTable.skipped(manifest).map(talk)
        try config.missingTargets(in: PreparedFolder(preparation.folder)).forEach(talk)
        try Output.line("\(preparation.folder.path): \(HumanText.grouped(manifest.tokens)) tokens")
    }
}
