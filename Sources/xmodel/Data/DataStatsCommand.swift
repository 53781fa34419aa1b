// `xmodel data stats`: writes an HTML page about a folder of shards, and prints the table of its sources.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMData
import XMReport
import XMSupport
import XMTrain

struct DataStatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Write an HTML page with token counts, lengths, dropped records and mixtures.",
        discussion: """
            Also prints a table of the sources.

              xmodel data stats shards/nano
              xmodel data stats shards/nano --recipe recipe.yaml --page stats.html
            """)

    @Argument(help: "Folder of shards.") var folder: String
    @Option(help: "Recipe whose mixtures to show.") var recipe: String?
    @Option(help: "The page to write (default: stats.html in the folder).") var page: String?

    func run() throws {
        let prepared = try PreparedFolder(URL(filePath: folder))
        let config = try recipe.map { try RecipeFile.load($0, overrides: []) }
        try config?.validate()
        let file = page.map { URL(filePath: $0) } ?? prepared.url.appending(path: "stats.html")
        // Statistics come from the shards' indices; the tokens themselves are not read.
        let report = try DataReport.report(prepared, config)
        try AtomicFile.write(Data(report.html().utf8), to: file)
        try Output.line(SourceTable.text(prepared.manifest))
        try config?.missingTargets(in: prepared).forEach(talk)
        for line in try DecontaminationSummary.read(prepared.url)?.lines ?? [] { try Output.line(line) }
        talk("page: \(file.path)")
    }
}

/// The contents of the page; `config` adds its mixtures.
enum DataReport {
    static func report(_ prepared: PreparedFolder, _ config: TrainConfig?) throws -> HTMLReport {
        let manifest = prepared.manifest
        let statistics = try manifest.sources.map { source in
            (source, try ShardStatistics(source, folder: prepared.url, width: manifest.width))
        }
        var blocks: [HTMLReport.Block] = [
            .heading("Sources"), .table(SourceTable.rows(manifest).map { $0.dropLast() }),
        ]
        let colors = Dictionary(
            uniqueKeysWithValues: manifest.sources.enumerated().map { ($1.name, ChartColor.source($0)) })
        // A source keeps its colour in every chart, by its place in the manifest.
        let shares = manifest.sources.map {
            PieChart.Slice(name: $0.name, share: Double($0.tokens), color: colors[$0.name]!)
        }
        let categories = statistics.reduce(into: [InstructionCategory: Int]()) {
            $0.merge($1.1.categoryTokens, uniquingKeysWith: +)
        }
        var pies = [PieChart(title: "tokens", slices: shares)]
        if !categories.isEmpty {
            pies.append(
                PieChart(
                    title: "tokens by category",
                    slices: categories.sorted { $0.key.code < $1.key.code }.enumerated().map { index, category in
                        PieChart.Slice(
                            name: category.key.rawValue, share: Double(category.value),
                            color: .source(manifest.sources.count + index))
                    })
            )
        }
        blocks.append(.pies(pies))
        if let config {
            blocks += mixturePies(config.mixtures, colors)
            blocks += try config.missingTargets(in: prepared).map { .paragraph($0) }
        }
        blocks.append(.heading("Dropped and changed records"))
        blocks.append(
            .table(
                [["source", "reason", "records"]]
                    + manifest.sources.flatMap { source in
                        source.counts.sorted { $0.key < $1.key }.map {
                            [source.name, $0.key, HumanText.grouped($0.value)]
                        }
                    }))
        if let sets = try DecontaminationSummary.read(prepared.url)?.sets {
            blocks += [
                .heading("Evaluation sets searched for"),
                .table(
                    [["set", "texts searched for", "texts too short", "phrases"]]
                        + sets.map { [$0.name] + [$0.searched, $0.tooShort, $0.phrases].map(HumanText.grouped) }),
            ]
        }
        let skipped = manifest.sources.flatMap { source in
            source.skipped.map { [source.name, $0.reason, $0.file, HumanText.grouped($0.record), $0.detail] }
        }
        if !skipped.isEmpty {
            blocks += [
                .heading("Examples of skipped records (numbered from 0)"),
                .table([["source", "reason", "file", "record", "detail"]] + skipped),
            ]
        }
        blocks.append(.heading("Document lengths in tokens"))
        for (source, numbers) in statistics {
            blocks.append(
                .paragraph(
                    "\(source.name): median \(HumanText.grouped(numbers.medianLength)), mean "
                        + "\(HumanText.grouped(source.tokens / max(source.documents, 1))), longest "
                        + "\(HumanText.grouped(numbers.longest)) tokens"))
            blocks.append(.bars(histogram(numbers, documents: source.documents)))
        }
        return HTMLReport(
            title: "Shards in \(prepared.url.lastPathComponent)",
            subtitle: "\(HumanText.grouped(manifest.tokens)) tokens, vocabulary "
                + "\(HumanText.grouped(manifest.vocabulary)), tokenizer \(manifest.tokenizer.prefix(12))…",
            blocks: blocks)
    }

    private static func mixturePies(
        _ mixtures: StageMixtures, _ colors: [String: ChartColor]
    ) -> [HTMLReport.Block] {
        func pie(_ title: String, _ mixture: [String: Double]) -> PieChart {
            PieChart(
                title: title,
                slices: mixture.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { name, share in
                    // A category such as "sft/math" has the colour of its source.
                    let source = name.split(separator: "/").first.map(String.init) ?? name
                    return PieChart.Slice(name: name, share: share, color: colors[source] ?? .source(colors.count))
                })
        }
        return [
            .heading("Mixtures"),
            .pies([pie("stable stage", mixtures.stable), pie("decay stage", mixtures.decay ?? mixtures.stable)]),
        ]
    }

    /// Share of the documents with 2^k to 2^(k+1) - 1 tokens, by k.
    private static func histogram(_ numbers: ShardStatistics, documents: Int) -> BarChart {
        let used = numbers.lengthCounts.indices.filter { numbers.lengthCounts[$0] > 0 }
        guard let first = used.first, let last = used.last else { return BarChart(bars: []) }
        return BarChart(
            bars: (first...last).map { power in
                let share = Double(numbers.lengthCounts[power]) / Double(max(documents, 1))
                return BarChart.Bar(
                    name: "\(HumanText.grouped(1 << power)) to \(HumanText.grouped((1 << (power + 1)) - 1))",
                    value: share, color: .source(0))
            })
    }
}
