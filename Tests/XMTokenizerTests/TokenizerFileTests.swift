// Every key of the files that describe a tokenizer: followed, with the ids and texts that the makers' own libraries
// give (Tests/Fixtures/tokenizers/files.golden.json, from tools/oracles/make_tokenizer_file_goldens.py), or refused by
// name.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport
import XMTokenizer

struct FileGolden: Decodable {
    struct Encoded: Decodable {
        let text: String
        let ids: [Int32]
    }

    struct Decoded: Decodable {
        let ids: [Int32]
        let text: String
    }

    struct Case: Decodable, CustomTestStringConvertible {
        let name: String
        let base: String?
        let added: [String]?
        let files: [String: String]?
        let json: String?
        let model: String?
        let bos: Int32?
        let eos: Int32?
        let encoded: [Encoded]
        let decoded: [Decoded]

        var testDescription: String { name }
    }

    let added: [Case]
    let config: [Case]
    let unigram: [Case]
    let sentencepiece: [Case]

    static let all: FileGolden = {
        do {
            return try JSONDecoder().decode(Self.self, from: Fixtures.data("tokenizers/files.golden.json"))
        } catch { preconditionFailure("files.golden.json: \(error)") }
    }()
}

@Suite("TokenizerFileTests")
struct TokenizerFileTests {
    private static func check(_ tokenizer: any Tokenizer, _ item: FileGolden.Case) {
        for one in item.encoded {
            let ids = tokenizer.encode(one.text)
            #expect(ids == one.ids, "\(item.name): \(one.text.debugDescription)")
        }
        for one in item.decoded {
            let text = tokenizer.decode(one.ids)
            #expect(text.utf8.elementsEqual(one.text.utf8), "\(item.name): \(one.ids) -> \(text.debugDescription)")
            var stream = StreamingDecoder(tokenizer)
            let parts = one.ids.map { stream.append($0) }.joined() + stream.finish()
            #expect(parts.utf8.elementsEqual(text.utf8), "\(item.name): \(one.ids) streamed")
        }
    }

    /// A fixture's tokenizer.json with the case's added tokens behind its own.
    private static func tokenizerJSON(_ item: FileGolden.Case) throws -> Data {
        let name = try #require(item.base)
        let text = String(decoding: try Fixtures.data("tokenizers/\(name).tokenizer.json"), as: UTF8.self)
        let more = (item.added ?? []).map { "," + $0 }.joined()
        let place = try #require(text.firstRange(of: "],\"normalizer\""))
        return Data(text.replacingCharacters(in: place, with: more + "],\"normalizer\"").utf8)
    }

    @Test("added tokens with flags, as tokenizers finds them", arguments: FileGolden.all.added)
    func addedTokens(item: FileGolden.Case) throws {
        let json = try Self.tokenizerJSON(item)
        let files = try HuggingFaceTokenizer(tokenizerJSON: json, configJSON: nil)
        Self.check(files.tokenizer, item)
        // And again from the tokenizer.json that is written of it.
        let again = try #require(files.vocabulary).huggingFaceTokenizer()
        Self.check(try HuggingFaceTokenizer(tokenizerJSON: again, configJSON: nil).tokenizer, item)
    }

    @Test(
        "special and added tokens of the files beside tokenizer.json, as transformers", arguments: FileGolden.all.config
    )
    func configurations(item: FileGolden.Case) throws {
        func file(_ name: String) -> Data? { item.files?[name].map { Data($0.utf8) } }
        let tokenizer = try HuggingFaceTokenizer(
            tokenizerJSON: Self.tokenizerJSON(item), configJSON: file("tokenizer_config.json"),
            specialTokensJSON: file("special_tokens_map.json"), addedTokensJSON: file("added_tokens.json")
        ).tokenizer
        Self.check(tokenizer, item)
        #expect(tokenizer.bosID == item.bos && tokenizer.eosID == item.eos, "\(item.name)")
    }

    @Test("Unigram models of tokenizer.json, as tokenizers", arguments: FileGolden.all.unigram)
    func unigram(item: FileGolden.Case) throws {
        let json = Data(try #require(item.json).utf8)
        Self.check(try HuggingFaceTokenizer(tokenizerJSON: json, configJSON: nil).tokenizer, item)
    }

    @Test("flags of a SentencePiece file, as the library", arguments: FileGolden.all.sentencepiece)
    func sentencePiece(item: FileGolden.Case) throws {
        let data = try #require(item.model.flatMap { Data(base64Encoded: $0) })
        let tokenizer = try SentencePieceTokenizer(model: data)
        Self.check(tokenizer, item)
        #expect(tokenizer.bosID == item.bos && tokenizer.eosID == item.eos)
    }

    // MARK: - Folders

    private static func folder(_ files: [String: Data]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (name, data) in files { try data.write(to: folder.url.appending(path: name)) }
        return folder
    }

    private static func model(_ name: String = "keeping blanks") throws -> Data {
        let item = try #require(FileGolden.all.sentencepiece.first { $0.name == name })
        return try #require(item.model.flatMap { Data(base64Encoded: $0) })
    }

    @Test("tokenizer.json hides tokenizer.model unless it is the same vocabulary and nothing more")
    func bothFiles() throws {
        let model = try Self.model()
        let spelled = try SentencePieceTokenizer(model: model).huggingFaceVocabulary().huggingFaceTokenizer()
        let same = try Self.folder(["tokenizer.model": model, "tokenizer.json": spelled])
        let exact = try HuggingFaceTokenizer(folder: same.url)
        #expect(exact.sentencePieceFile == model && exact.vocabulary == nil)
        // The file knows no symbol <s>; a tokenizer.json with one more token is all that counts.
        #expect(exact.tokenizer.encode("<s>").first != 1)
        let more = String(decoding: spelled, as: UTF8.self).replacing(
            "\"added_tokens\": [",
            with: #""added_tokens": [{"id": 278, "content": "<|im_start|>", "special": true}, "#)
        let both = try Self.folder(["tokenizer.model": model, "tokenizer.json": Data(more.utf8)])
        let files = try HuggingFaceTokenizer(folder: both.url)
        #expect(files.sentencePieceFile == nil && files.tokenizer.vocabularySize == 279)
        #expect(files.tokenizer.encode("<|im_start|>ab") == [278, 264])
        #expect(files.tokenizer.encode("<|im_start|>ab", matchingSymbols: false).contains(278) == false)
        #expect(files.tokenizer.controlSymbols.contains("<|im_start|>"))
    }

    /// tokenizer.json alone would give a tokenizer with Hugging Face's rules, so nothing may fall back to it silently.
    @Test("a damaged tokenizer.model beside its tokenizer.json is an error that names the file")
    func damagedModel() throws {
        let model = try Self.model()
        let json = try SentencePieceTokenizer(model: model).huggingFaceVocabulary().huggingFaceTokenizer()
        for damaged in [model.dropLast(), model.prefix(model.count / 2), Data(), Data("not a model".utf8)] {
            let folder = try Self.folder(["tokenizer.model": Data(damaged), "tokenizer.json": json])
            #expect { _ = try HuggingFaceTokenizer(folder: folder.url) } throws: {
                "\($0)".contains("/tokenizer.model: ")
            }
        }
    }

    @Test("a configuration names the special tokens of a tokenizer.model, and cannot add to it")
    func configurationOfModel() throws {
        func read(_ config: String) throws -> any Tokenizer {
            let folder = try Self.folder(["tokenizer.model": Self.model(), "tokenizer_config.json": Data(config.utf8)])
            return try HuggingFaceTokenizer(folder: folder.url).tokenizer
        }
        let tokenizer = try read(#"{"eos_token": "<sym>", "add_bos_token": true}"#)
        #expect(tokenizer.bosID == 1 && tokenizer.eosID == 277 && tokenizer.addsBOS)
        for (config, wanted) in [
            (#"{"eos_token": "<new>"}"#, "eos_token"),
            (#"{"added_tokens_decoder": {"278": {"content": "<new>"}}}"#, "added_tokens_decoder.278 is '<new>'"),
            (#"{"pad_token": "<pad>"}"#, "pad_token is '<pad>'"),
        ] {
            #expect { _ = try read(config) } throws: {
                "\($0)".contains(wanted) && "\($0)".contains("tokenizer_config")
            }
        }
    }

    @Test("a template sees the special tokens of every file, those with names of their own too")
    func templateTokens() throws {
        let source = "{{ bos_token }}|{{ eos_token }}|{{ image_token }}|{{ messages[0].content }}"
        let files = try HuggingFaceTokenizer(
            tokenizerJSON: Fixtures.data("tokenizers/gpt2.tokenizer.json"),
            configJSON: Data(#"{"chat_template": "\#(source)", "image_token": "<tool>"}"#.utf8),
            specialTokensJSON: Data(#"{"eos_token": "<|end|>", "bos_token": {"content": "<|begin|>"}}"#.utf8))
        let template = try #require(files.chatTemplate)
        let text = try template.render([ChatMessage(role: "user", content: "q")], addGenerationPrompt: false)
        #expect(text == "<|begin|>|<|end|>|<tool>|q")
        #expect(files.tokenizer.bosID == 0 && files.tokenizer.eosID == 1)
    }

    // MARK: - Refusals

    private static func refusal(
        json: String? = nil, config: String? = nil, map: String? = nil, added: String? = nil
    ) throws -> String {
        do {
            let plain = try Fixtures.data("tokenizers/gpt2.tokenizer.json")
            _ = try HuggingFaceTokenizer(
                tokenizerJSON: json.map { Data($0.utf8) } ?? plain, configJSON: config.map { Data($0.utf8) },
                specialTokensJSON: map.map { Data($0.utf8) }, addedTokensJSON: added.map { Data($0.utf8) }, name: "m/")
            return "no error"
        } catch { return "\(error)" }
    }

    @Test(
        "keys of the files beside tokenizer.json that are not followed are refused by name",
        arguments: [
            (#"{"add_eos_token": true}"#, "add_eos_token"),
            (#"{"split_special_tokens": true}"#, "split_special_tokens"),
            (#"{"add_prefix_space": true}"#, "add_prefix_space"), (#"{"do_lower_case": true}"#, "do_lower_case"),
            (#"{"errors": "ignore"}"#, "errors"),
            (#"{"sp_model_kwargs": {"enable_sampling": true}}"#, "sp_model_kwargs"),
            (#"{"fold_case_of_everything": true}"#, "fold_case_of_everything"),
            (#"{"eos_token": {"content": "<|end|>", "strip": true}}"#, "eos_token.strip"),
            (#"{"eos_token": 5}"#, "eos_token"), (#"{"added_tokens_decoder": {"x": {}}}"#, "added_tokens_decoder.x"),
            (#"{"added_tokens_decoder": {"700": {"content": "<new>"}}}"#, "added_tokens_decoder.700"),
            (#"{"added_tokens_decoder": {"0": {"content": "<|end|>"}}}"#, "added_tokens_decoder.0"),
            (#"{"chat_template": [{"name": "tool", "template": ""}]}"#, "chat_template"), (#"[]"#, "top level"),
        ])
    func configurationKeys(config: String, key: String) throws {
        let message = try Self.refusal(config: config)
        #expect(message.hasPrefix("m/tokenizer_config.json: ") && message.contains(key), "\(message)")
    }

    @Test("the older files are refused by name too")
    func olderFiles() throws {
        #expect(try Self.refusal(map: #"{"eos": "<|end|>"}"#).hasPrefix("m/special_tokens_map.json: eos"))
        #expect(try Self.refusal(added: #"{"<new>": "x"}"#).hasPrefix("m/added_tokens.json: <new>"))
        #expect(try Self.refusal(added: #"{"<new>": 700}"#).contains("'<new>'"))
    }

    @Test(
        "an option of tokenizer.json that nobody here knows is refused by name",
        arguments: [
            ("\"version\":", "\"versions\":", "versions"),
            ("\"single_word\":", "\"two_words\":", "added_tokens.0.two_words"),
            ("\"trim_offsets\":", "\"trim\":", "pre_tokenizer.trim"),
            ("\"ignore_merges\":", "\"ignore\":", "model.ignore"),
            ("\"decoder\":{\"type\":\"ByteLevel\"", "\"decoder\":{\"type\":\"CTC\"", "decoder.type is CTC"),
            ("\"decoder\":{", "\"decoder\":null,\"padding\":{", "decoder is null"),
            ("\"post_processor\":null", "\"post_processor\":{\"type\":\"BertProcessing\"}", "post_processor.type"),
            (
                "\"post_processor\":null",
                #""post_processor":{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}},"#
                    + #"{"SpecialToken":{"id":"<|end|>","type_id":0}}],"pair":[],"special_tokens":{}}"#,
                "post_processor.single is the text, '<|end|>'"
            ),
        ])
    func options(old: String, new: String, wanted: String) throws {
        let text = String(decoding: try Fixtures.data("tokenizers/gpt2.tokenizer.json"), as: UTF8.self)
        let place = try #require(text.firstRange(of: old))
        let message = try Self.refusal(json: text.replacingCharacters(in: place, with: new))
        #expect(message.hasPrefix("m/tokenizer.json: ") && message.contains(wanted), "\(message)")
    }

    @Test(
        "unsupported fields of a SentencePiece file are rejected by name",
        arguments: [
            ([0x12, 2, 0x18, 2], "trainer_spec.model_type is BPE"),
            ([0x12, 2, 0x18, 9], "trainer_spec.model_type is 9"),
            ([0x1A, 3, 0x12, 1, 0x41], "normalizer_spec.precompiled_charsmap"),
            ([0x2A, 3, 0x12, 1, 0x41], "denormalizer_spec.precompiled_charsmap"),
            ([0x12, 3, 0xB8, 0x03, 1], "trainer_spec has the unknown field 55"),
            ([0x1A, 2, 0x38, 1], "normalizer_spec has the unknown field 7"),
            ([0x30, 1], "the file has the unknown field 6"),
        ] as [([UInt8], String)])
    func fields(more: [UInt8], wanted: String) throws {
        let data = try Self.model() + Data(more)
        #expect { _ = try SentencePieceTokenizer(model: data, file: "m.model") } throws: {
            "\($0)".hasPrefix("m.model: ") && "\($0)".contains(wanted)
        }
    }
}
