// `xmodel data prepare` and `merge`: prepare the shards of a recipe's data section, on one machine or in parts by
// several processes.
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
        abstract: "Prepare the token shards of a recipe's data section.",
        discussion: """
            An interrupted run continues when started again; a finished folder is left unchanged. With --part, n \
            processes that share the folder do the same work as one, and 'xmodel data merge' joins the results.

              xmodel data prepare recipes/pretrain/nano-realtext.yaml --output shards/nano
              seq 4 | xargs -P 4 -I{} xmodel data prepare recipe.yaml \\
                  --output shards/web --part {}/4 --threads 1
            """)

    @OptionGroup var options: DataRecipeOptions

    @Option(
        help: "Do one part of the work: 3/8 is the third of eight. After all parts, run 'xmodel data merge'.",
        transform: { text in
            guard let part = PreparationPart(text) else {
                throw ValidationError(
                    "it must be i/n with i from 1 to n and n at most \(PreparationPart.most), for example 3/8")
            }
            return part
        })
    var part: PreparationPart?

    @Flag(help: "Only search for duplicates, so that the parts need not wait for it.")
    var searchOnly = false

    @Flag(help: "Delete the shards in the folder and start over.")
    var restart = false

    @OptionGroup var threading: ThreadOptions

    func run() throws {
        let config = try options.load()
        let preparation = try options.preparation(config)
        // Only after the recipe has been read without errors.
        if restart { try FolderRestart.shards.clear(preparation.folder) }
        let interrupt = InterruptFlag()
        interrupt.install()
        do {
            let manifest = try PreparationRun(preparation, pool: threading.makePool(), interrupt: interrupt).run(
                part: part, searchOnly: searchOnly)
            guard let manifest else {
                if searchOnly { return talk("the duplicate search is done; now prepare the shards") }
                return talk(
                    "part \(part.map(String.init(describing:)) ?? "") is done; after all parts, run 'xmodel data "
                        + "merge'")
            }
            try Output.line(SourceTable.text(manifest))
            SourceTable.skipped(manifest).map(talk)
            try config.missingTargets(in: PreparedFolder(preparation.folder)).forEach(talk)
            try Output.line("\(preparation.folder.path): \(HumanText.grouped(manifest.tokens)) tokens")
        } catch PreparationError.interrupted {
            // An interruption is a normal end: the same command continues later.
            talk("\(PreparationError.interrupted)")
        }
    }
}

struct DataMergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Join the results of all parts into the manifest.",
        discussion: """
            Takes seconds, because it reads only the small unit manifests beside the shards. A unit is a few \
            neighbouring input files; the first unfinished one is reported as an error.

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
