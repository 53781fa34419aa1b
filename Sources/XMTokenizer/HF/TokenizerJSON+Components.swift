// The components of tokenizer.json that operate on tokens: the post-processor, which adds special tokens, and the
// decoder, which joins tokens into text. Used by TokenizerJSON+Vocabulary.swift.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

extension TokenizerJSON {
    private func refuse(_ key: String, _ found: String, _ wanted: String) -> VocabularyError {
        .unsupported(file: file, key: key, found: found, wanted: wanted)
    }

    // MARK: - Post-processor

    /// The token that the post-processor prepends to a text; nil if none. Throws if it adds anything else, such as EOS.
    func firstToken() throws -> String? {
        let templates = postProcessors.filter { $0.type == "TemplateProcessing" }
        guard let template = templates.first else { return nil }
        let wanted = "at most one token, before the text"
        guard templates.count == 1 else { throw refuse("post_processor", "two templates", wanted) }
        var names: [String?] = []  // nil is the text
        for item in try template.fields.list("single") {
            try item.check(["SpecialToken", "Sequence"])
            names.append(try item.fields("SpecialToken")?.string("id"))
        }
        guard names.last == .some(nil), names.count == 1 || names.count == 2 && names[0] != nil else {
            let found = names.map { $0.map { "'\($0)'" } ?? "the text" }.joined(separator: ", ")
            throw refuse("post_processor.single", found.isEmpty ? "empty" : found, wanted)
        }
        guard names.count == 2, let name = names[0] else { return nil }
        // `name` is the template's name of the token; its text is in `special_tokens`.
        guard let token = try template.fields.fields("special_tokens")?.fields(name) else {
            throw refuse("post_processor.special_tokens", "without '\(name)'", "the tokens of the template")
        }
        try token.check(["id", "ids", "tokens"])
        let tokens = try token.array("tokens")?.compactMap(\.string) ?? []
        guard tokens.count == 1 else {
            throw refuse("post_processor.special_tokens", "\(tokens.count) tokens for '\(name)'", "one")
        }
        return tokens[0]
    }

    // MARK: - Decoder

    func checkByteLevelDecoder() throws {
        guard decoders.map(\.type) == ["ByteLevel"] else {
            let found = decoders.isEmpty ? "null" : decoders.map(\.type).joined(separator: " + ")
            throw refuse("decoder", found, "ByteLevel")
        }
    }

    /// What the decoder of a SentencePiece model strips at the start. It must also turn "▁" into spaces and byte pieces
    /// into bytes, and do nothing else.
    func leadingBlank(hasBytes: Bool, hasBytePieces: Bool) throws -> LeadingBlank {
        var (turnsBlanks, turnsBytes, isFused) = (false, false, false)
        var result = LeadingBlank.kept
        let found = decoders.isEmpty ? "null" : decoders.map(\.type).joined(separator: " + ")
        let wanted = "Replace of \u{2581} by spaces + ByteFallback + Fuse + Strip, or Metaspace"
        for step in decoders {
            switch step.type {
            case "Replace" where try replaces(step, "\u{2581}", by: " ") && !turnsBlanks: turnsBlanks = true
            case "ByteFallback" where !isFused: turnsBytes = true
            case "Fuse": isFused = true
            case "Metaspace" where try isMetaspace(step) && !isFused && !turnsBlanks:
                turnsBlanks = true
                result = try prependScheme(step) == "never" ? .kept : .allOfFirstPiece
            case "Strip" where isFused && turnsBlanks:
                let (content, start) = (try step.fields.string("content"), try step.fields.integer("start"))
                guard content == " ", let start, start <= 1, try step.fields.integer("stop") == 0 else {
                    throw refuse(
                        "decoder.Strip", "other than one leading space", "content ' ', start 1, stop 0")
                }
                if start == 1 { result = .firstCharacter }
            default: throw refuse("decoder", found, wanted)
            }
        }
        guard turnsBlanks else { throw refuse("decoder", found, wanted) }
        guard turnsBytes || !hasBytes else { throw refuse("decoder", "\(found), without ByteFallback", wanted) }
        guard hasBytes || !turnsBytes || !hasBytePieces else {
            throw refuse("model.byte_fallback", "false with the decoder ByteFallback", "true")
        }
        return result
    }
}
