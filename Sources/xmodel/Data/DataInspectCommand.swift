// `xmodel data inspect`: prints documents of a folder of shards, decoded, with token boundaries: the way to see exactly
// what a model is trained on.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMData
import XMSupport
import XMTokenizer

struct DataInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Print documents of a folder of shards with their token boundaries.",
        discussion: """
            '|' marks token boundaries, and EOS is printed by name. Tokens excluded from the loss (a masked prompt) \
            are enclosed in ⟪ ⟫.

              xmodel data inspect shards/nano
              xmodel data inspect shards/nano --source sft/math --document 12 --tokens 200
            """)

    @Argument(help: "Folder of shards.") var folder: String
    @Option(help: "Source, or one category of it: sft/math (default: the first).") var source: String?
    @Option(help: "First document to show, counted from 0.") var document = 0
    @Option(help: "Number of documents to show.") var count = 1
    @Option(help: "Maximum number of tokens to show of each document.") var tokens = 300
    @Flag(help: "Print ids instead of text.") var ids = false

    func validate() throws {
        try require(
            ("document", document, 0...Most.count), ("tokens", tokens, 0...Most.count), ("count", count, 1...Most.count)
        )
    }

    func run() throws {
        let prepared = try PreparedFolder(URL(filePath: folder))
        let name = source ?? prepared.manifest.sources.first?.name ?? ""
        let shards = try prepared.source(name)
        guard (0..<shards.documentCount).contains(document) else {
            throw CommandError.noSuchDocument(number: document, source: name, count: shards.documentCount)
        }
        let tokenizer = try prepared.tokenizer()
        for number in document..<min(shards.documentCount, document + count) {
            let shown = try shards.document(number)
            let category = shown.category.map { ", \($0.rawValue)" } ?? ""
            try Output.line("--- \(name) \(number): \(shown.tokens.count) tokens\(category)")
            try Output.line(
                ids ? shown.tokens.prefix(tokens).map(String.init).joined(separator: " ") : text(shown, tokenizer))
            if shown.tokens.count > tokens { try Output.line("… \(shown.tokens.count - tokens) more") }
        }
    }

    // Bytes are collected and decoded once at the end, because a character may span several byte tokens. Special tokens
    // have no bytes and are printed by name.
    private func text(_ document: EncodedDocument, _ tokenizer: any Tokenizer) -> String {
        var result: [UInt8] = []
        var masked = false
        for (index, id) in document.tokens.prefix(tokens).enumerated() {
            let isMasked = !(document.trained?[index] ?? true)
            if isMasked != masked {
                result += Array((isMasked ? "⟪" : "⟫").utf8)
                masked = isMasked
            } else if index > 0 {
                result.append(UInt8(ascii: "|"))
            }
            let bytes = tokenizer.bytes(of: id)
            result += bytes.isEmpty ? Array(tokenizer.piece(id).utf8) : bytes
        }
        return String(decoding: result, as: UTF8.self) + (masked ? "⟫" : "")
    }
}
