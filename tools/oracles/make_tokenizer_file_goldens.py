# Makes Tests/Fixtures/tokenizers/files.golden.json: what Hugging Face's `tokenizers` and `transformers` make of added
# tokens with flags, of the files beside tokenizer.json and of Unigram models, and what the SentencePiece library makes
# of the flags of a .model file. The tokenizers are those of make_bpe_goldens.py with changes, and small ones made here.
# Development only: tests read the file. Needs tokenizers, transformers and sentencepiece.
# Run: python tools/oracles/make_tokenizer_file_goldens.py
# SPDX-License-Identifier: Apache-2.0

import base64
import json
import os
import pathlib
import tempfile

os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import sentencepiece
import tokenizers
import transformers
from sentencepiece import sentencepiece_model_pb2 as proto

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/Fixtures/tokenizers"


def added(content, **flags):
    plain = dict(single_word=False, lstrip=False, rstrip=False, normalized=False, special=False)
    return {"content": content, **plain, **flags}


def base(name):
    return json.loads((FOLDER / f"{name}.tokenizer.json").read_text(encoding="utf-8"))


def with_added(name, tokens):
    """A fixture's tokenizer.json with more added tokens, numbered on; and those tokens as texts of JSON."""
    data = base(name)
    first = max([*data["model"]["vocab"].values(), *(token["id"] for token in data["added_tokens"])]) + 1
    tokens = [{"id": first + place, **token} for place, token in enumerate(tokens)]
    data["added_tokens"] += tokens
    return data, [json.dumps(token) for token in tokens]


def results(encode, decode, texts, lists=()):
    encoded = [{"text": text, "ids": encode(text)} for text in texts]
    decoded = [{"ids": ids, "text": decode(ids)} for ids in [case["ids"] for case in encoded] + list(lists)]
    return {"encoded": encoded, "decoded": decoded}


def with_tokenizers(data, texts, lists=()):
    tokenizer = tokenizers.Tokenizer.from_str(json.dumps(data))
    return results(
        lambda text: tokenizer.encode(text, add_special_tokens=False).ids,
        lambda ids: tokenizer.decode(ids, skip_special_tokens=True), texts, lists)


FLAGS = [
    added("<l>", lstrip=True), added("<r>", rstrip=True), added("<lr>", lstrip=True, rstrip=True, special=True),
    added("<w>", single_word=True), added("<n>", normalized=True), added("<x>", special=True),
    added("tea", single_word=True, normalized=True),
]
FLAG_TEXTS = [
    "a <l> b", "a \n\t<l> <r> \n b", "<r>  <l>", "a<lr>  <lr> b", "x<w>y <w> z_<w> <w>!", "<w>", "1<w> <w>١ ",
    "\u00a0\u3000<l>a", "e\u0301<w> a\u200d<w>-<w>", "a <n> b<n>c", "<x><l>", "tea teas tea-tea <l>tea", "  <l>  <r>  ",
    "", "<l", "a\u200b<l>", "漢<w>字 <w>",
]


def added_token_cases():
    for name, tokens, texts in [
        ("gpt2", FLAGS, FLAG_TEXTS), ("llama3", FLAGS, FLAG_TEXTS), ("llama2", FLAGS, FLAG_TEXTS),
        ("metaspace", FLAGS, FLAG_TEXTS),
        # Special, and so left out of the text: the library decodes such letters as bytes of GPT-2's alphabet.
        ("qwen2", [added("<\u00c5>", normalized=True, special=True), added("<é>", special=True),
                   added("<ö>", normalized=True, special=True)],
         ["<\u212b> <A\u030a> <\u00c5>", "<e\u0301> <é>", "<o\u0308> <ö>", "x\u212by"]),
    ]:
        data, tokens = with_added(name, tokens)
        yield {"name": name + " with flags", "base": name, "added": tokens, **with_tokenizers(data, texts)}


# MARK: The files beside tokenizer.json


def with_transformers(name, files, texts, lists=(), tokens=()):
    data, tokens = with_added(name, tokens)
    with tempfile.TemporaryDirectory() as folder:
        files = {"tokenizer_config.json": {}, **files}
        files["tokenizer_config.json"].setdefault("tokenizer_class", "PreTrainedTokenizerFast")
        for file, value in {"tokenizer.json": data, **files}.items():
            (pathlib.Path(folder) / file).write_text(json.dumps(value), encoding="utf-8")
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    found = results(
        lambda text: tokenizer.encode(text, add_special_tokens=False),
        lambda ids: tokenizer.decode(ids, skip_special_tokens=True), texts, lists)
    files = {file: json.dumps(value) for file, value in files.items()}
    return {
        "base": name, "added": tokens, "files": files, "bos": tokenizer.bos_token_id, "eos": tokenizer.eos_token_id,
        **found,
    }


def config_cases():
    # 600 is <tool>, not special; 2 is <|turn|>, special; 1 is <|end|>.
    new = {"601": added("<new>", special=True, lstrip=True), "602": added("<n2>", normalized=True)}
    texts, lists = ["a <new>b<n2> <tool> c", "x <|end|> y <|turn|>", "in the heend"], [[0, 600, 65]]
    config, special, more = "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"
    image = {"image_token": "<tool>", "sep_token": "<|turn|>"}
    for name, files in {
        "added_tokens_decoder appends": {config: {"added_tokens_decoder": new}},
        "added_tokens_decoder changes flags": {config: {"added_tokens_decoder": {
            "600": added("<tool>", special=True, lstrip=True), "2": added("<|turn|>", lstrip=True)}}},
        "special_tokens_map alone": {special: {
            "bos_token": added("<|begin|>"), "eos_token": "<|end|>", "additional_special_tokens": ["<tool>"]}},
        "special_tokens_map wins": {
            config: {"eos_token": "<|turn|>", "bos_token": "<|begin|>"}, special: {"eos_token": "<|end|>"}},
        "special_tokens_map is not read beside added_tokens_decoder": {
            config: {"eos_token": "<|turn|>", "added_tokens_decoder": {"600": added("<tool>")}},
            special: {"eos_token": "<|end|>", "bos_token": "<|begin|>"}},
        "added_tokens.json": {more: {"<new>": 601, "<n2>": 602}},
        "added_tokens.json with a special one": {
            more: {"<n2>": 602, "<new>": 601}, special: {"additional_special_tokens": ["<new>"]}},
        "extra_special_tokens": {config: {"extra_special_tokens": ["<tool>", "<new>"]}},
        "named extra_special_tokens": {config: {"extra_special_tokens": image}},
        "tokens with names of their own": {config: {**image, "eos_token": {"__type": "AddedToken", **added("<|end|>")}}},
        "a special token that is a piece": {config: {"eos_token": "he"}},
        "clean_up_tokenization_spaces": {config: {"clean_up_tokenization_spaces": True, "eos_token": "<|end|>"}},
    }.items():
        yield {"name": name, **with_transformers("gpt2", files, texts, lists)}


# MARK: Unigram

WORDS = [
    ("\u2581", -2.5), ("a", -3.0), ("b", -3.25), ("\u2581a", -3.5), ("ab", -4.0), ("\u2581ab", -4.25), ("e", -3.0),
    ("\u0301", -6.0), ("\u2581\u0301", -6.5), ("\u2581\U0001f3fd", -7.0), ("e\u0301", -5.0), ("\u00e9", -5.5),
    ("\u212b", -7.0), ("\u00c5", -7.5), ("\u2581\u2581", -4.0), ("c", -4.0), (".", -4.5), ("\n", -5.0),
]


def unigram(normalizer, pre_tokenizer, decoder, bytes_too, tokens=()):
    vocab = [["<unk>", 0.0], ["<s>", 0.0], ["</s>", 0.0]]
    vocab += [[f"<0x{byte:02X}>", -20.0] for byte in range(256)] if bytes_too else []
    vocab += [list(word) for word in WORDS]
    special = [added(text, special=True) for text in ("<s>", "</s>")]
    special = [{"id": place + 1, **token} for place, token in enumerate(special)]
    special += [{"id": len(vocab) + place, **token} for place, token in enumerate(tokens)]
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special, "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer, "post_processor": None, "decoder": decoder,
        "model": {"type": "Unigram", "unk_id": 0, "vocab": vocab, "byte_fallback": bytes_too},
    }


def unigram_cases():
    replace = {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}
    prepend = {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "\u2581"}, replace]}
    back = {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}
    strip = {"type": "Strip", "content": " ", "start": 1, "stop": 0}
    joined = [back, {"type": "ByteFallback"}, {"type": "Fuse"}]

    def sequence(steps):
        return {"type": "Sequence", "decoders": steps}

    def metaspace(scheme):
        return {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": scheme, "split": False}

    tokens = [added("<im>", special=True), added("<tool>", lstrip=True, rstrip=True), added("ab.", normalized=True)]
    texts = [
        "ab a", " ab", "  a  b", "a\u0301 e\u0301 \u00e9", "\u212b\u00c5", "a \u0301b \U0001f3fd", "<im>ab<im> b",
        "a <tool> b", "<s>a</s>", "\u4f60a", "\u4f60\u597d", "<unk>", "a<unk>\u4f60", "<0x41>", "ab. ab.ab.", "\n", "",
        "c\u2581c", "\u2581\u2581a", "a\n\nb", " ", "   ",
    ]
    # Ids of "▁", "▁▁" and "▁a" in the vocabulary with bytes.
    lists = [[259, 262], [273, 262], [1, 262], [259, 259, 260], [35, 260], [260, 35]]
    for name, data in {
        "prepended": unigram(prepend, None, sequence([*joined, strip]), True, tokens),
        "without bytes": unigram(prepend, None, sequence([*joined, strip]), False, tokens),
        "never": unigram(replace, None, sequence(joined), True, tokens),
        "metaspace always": unigram(None, metaspace("always"), metaspace("always"), False, tokens[:2]),
        "metaspace first": unigram(
            None, metaspace("first"), sequence([{"type": "ByteFallback"}, metaspace("first")]), True, tokens),
        "metaspace never": unigram(None, metaspace("never"), sequence([metaspace("never"), {"type": "ByteFallback"}]), True),
    }.items():
        bytes_too = data["model"]["byte_fallback"]
        yield {"name": name, "json": json.dumps(data), **with_tokenizers(data, texts, lists if bytes_too else [])}


# MARK: SentencePiece


def sentencepiece_model(**flags):
    model = proto.ModelProto()
    for text, kind in [("<unk>", 2), (flags.get("bos_piece", "<s>"), 3), (flags.get("eos_piece", "</s>"), 3)]:
        model.pieces.add(piece=text, score=0, type=kind)
    for byte in range(256):
        model.pieces.add(piece=f"<0x{byte:02X}>", score=0, type=6)
    for text, score in WORDS:
        model.pieces.add(piece=text, score=score, type=1)
    model.pieces.add(piece="<sym>", score=0, type=4)
    model.trainer_spec.model_type = 1
    model.trainer_spec.byte_fallback = True
    for name, value in flags.items():
        part = model.trainer_spec if hasattr(model.trainer_spec, name) else model.normalizer_spec
        setattr(part, name, value)
    return model.SerializeToString()


def sentencepiece_cases():
    texts = [
        "a b", " a  b ", "a\u2581", "\u2581a\u2581\u2581b ", "a\u2581b", " \u2581 a", "", "  ", "\u2581", "a\tb", "ab a",
        "a \u0301b \U0001f3fd", "\u212b\u00c5 e\u0301 \u00e9", "<sym>ab <sym> a", "\u4f60", "  \n a\n", "\u2581\u2581 ",
    ]
    lists = [
        [259, 262], [273, 262], [1, 262], [259, 259, 262], [0, 262, 0], [262, 0], [267], [268, 262], [231, 192], [231],
        [231, 192, 163, 243], [258, 97],
    ]
    for name, flags in {
        "defaults": {},
        "keeping blanks": {"remove_extra_whitespaces": False},
        "without a prefix": {"add_dummy_prefix": False},
        "as it is": {"add_dummy_prefix": False, "remove_extra_whitespaces": False},
        "suffix": {"treat_whitespace_as_suffix": True},
        "suffix, keeping blanks": {"treat_whitespace_as_suffix": True, "remove_extra_whitespaces": False},
        "blanks as they are": {"escape_whitespaces": False},
        "blanks as they are, kept": {"escape_whitespaces": False, "remove_extra_whitespaces": False},
        "blanks as they are, suffix": {"escape_whitespaces": False, "treat_whitespace_as_suffix": True},
        "named pieces": {"bos_piece": "<BOS>", "eos_piece": "<EOS>", "unk_surface": "?!"},
    }.items():
        file = sentencepiece_model(**flags)
        processor = sentencepiece.SentencePieceProcessor(model_proto=file)
        yield {
            "name": name, "model": base64.b64encode(file).decode(), "bos": processor.bos_id(),
            "eos": processor.eos_id(), **results(processor.encode, processor.decode, texts, lists),
        }


def main():
    golden = {
        "versions": {
            "tokenizers": tokenizers.__version__, "transformers": transformers.__version__,
            "sentencepiece": sentencepiece.__version__,
        },
        "added": list(added_token_cases()), "config": list(config_cases()), "unigram": list(unigram_cases()),
        "sentencepiece": list(sentencepiece_cases()),
    }
    with open(FOLDER / "files.golden.json", "w", encoding="utf-8") as file:
        json.dump(golden, file, ensure_ascii=True, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
