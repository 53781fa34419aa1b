// Every text of the data folder, read and encoded as a preparation does it, against the SentencePiece library: whole
// documents, conversations in the chat template, and each of their lines. A sample, or with XMODEL_ALL_TEXT all of it.
// tools/oracles/check_encoding.py compares prepared shards with the library's newer releases in the same way.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport
import XMTokenizer

@testable import XMData

@Suite(
    "RealTextEncodingTests",
    .enabled(if: DataRoot.has("tokenizer/xmodel/v11/tokenizer.model"), "no tokenizers: set XMODEL_DATA"))
struct RealTextEncodingTests {
    static let takesAll = !(ProcessInfo.processInfo.environment["XMODEL_ALL_TEXT"] ?? "").isEmpty

    /// Everything below `text` and `sft`, as the recipes read it.
    static let sources = [
        SourceConfig(name: "text", files: ["text"], format: .text),
        SourceConfig(name: "math", files: ["sft/gsm8k_train.jsonl"], format: .qa),
        SourceConfig(
            name: "general", files: ["sft/dolly_hhrlhf.jsonl"], format: .qa,
            fields: ["question": "prompt", "answer": "response"]),
        SourceConfig(
            name: "instructions",
            files: [
                "sft/alpaca_zh_10000.json", "sft/code_alpaca_2k.json", "sft/codealpaca.json", "sft/roleplay.json",
                "sft/self_instruct_seed.jsonl", "sft/toolformer.json",
            ], format: .instruction),
        SourceConfig(name: "evaluation", files: ["eval"], format: .text),
    ]

    private struct Counts {
        var documents = 0
        var lines = 0
        var tokens = 0
        var different: [String] = []
    }

    @Test("real text, whole and line by line, to the token, as the library", arguments: ["v11", "v12", "v13"])
    func everything(version: String) throws {
        let model = DataRoot.url.appending(path: "tokenizer/xmodel/\(version)/tokenizer.model")
        let library = try SentencePieceLibrary(contentsOf: model)
        let code = try DocumentFiles(["text/code"], root: DataRoot.url).files[0].open(ReaderOptions())
        let indented = try (0..<200).compactMap { _ in try code.next() }.flatMap { $0.text.split(separator: "\n") }
        let rule = try library.symbolScore(in: indented.map(String.init))
        let tokenizer = try SentencePieceTokenizer(contentsOf: model, symbolScore: rule)
        let eos = try #require(tokenizer.eosID)
        var counts = Counts()
        for source in Self.sources {
            let encoder = DocumentEncoder(source, tokenizer: tokenizer, eos: eos)
            try Self.forEachRow(of: source) { content in
                var item = EncodedRecord()
                encoder.encode(content, into: &item)
                let texts = Self.texts(content)
                #expect(item.documents.count == texts.count)
                for (document, text) in zip(item.documents, texts) {
                    counts.documents += 1
                    counts.tokens += document.tokens.count
                    if document.tokens != library.encode(Array(text.utf8)) + [eos] { counts.different.append(text) }
                    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
                        counts.lines += 1
                        if tokenizer.encode(String(decoding: line, as: UTF8.self)) != library.encode(Array(line)) {
                            counts.different.append(String(decoding: line, as: UTF8.self))
                        }
                    }
                }
            }
        }
        print(
            "\(version), symbols \(rule.rawValue): \(counts.documents) documents, \(counts.lines) lines, "
                + "\(counts.tokens) tokens, \(counts.different.count) different")
        #expect(counts.different.isEmpty, "the first: \(counts.different.first?.prefix(200) ?? "")")
        #expect(counts.documents > (Self.takesAll ? 70_000 : 1000))
    }

    /// What a preparation makes of the rows; of evaluation sets, whose records have many fields, every text in them.
    private static func forEachRow(of source: SourceConfig, _ body: (RecordContent) -> Void) throws {
        let parser = RecordParser(source)
        var row = 0
        for file in try DocumentFiles(source.files, root: DataRoot.url).files {
            let stream = try file.open(source.readerOptions)
            while true {
                let item: SourceRecord
                if source.name == "text" {
                    guard let document = try stream.next() else { break }
                    item = .text(document)
                } else {
                    guard let (record, origin) = try stream.nextRecord() else { break }
                    item = .object(record, origin)
                }
                row += 1
                guard takesAll || row % 50 == 0 else { continue }
                if source.name == "evaluation", case .object(let record, _) = item {
                    for text in strings(in: record) { body(.text(text)) }
                } else {
                    var ignored = EncodedRecord()
                    body(parser.parse(item, into: &ignored))
                }
            }
        }
    }

    /// The texts that the row's documents are made of.
    private static func texts(_ content: RecordContent) -> [String] {
        switch content {
        case .nothing, .tokens: []
        case .text(let text): [text]
        case .conversations(let all): all.map { ChatTemplate.segments($0).map(\.text).joined() }
        }
    }

    private static func strings(in value: JSONValue) -> [String] {
        if let text = value.string { return [text] }
        if let list = value.array { return list.flatMap(strings) }
        return (value.object ?? [:]).sorted { $0.key < $1.key }.flatMap { strings(in: $0.value) }
    }
}
