# Makes Tests/Fixtures/tokenizers: a tiny BPE tokenizer for each pre-tokeniser family and for SentencePiece BPE, trained
# on the text below with Hugging Face's `tokenizers`, its ids for awkward inputs, and the words its pre-tokeniser cuts.
# Development only: tests read the files. Needs tokenizers and sentencepiece.
# Run: python tools/oracles/make_bpe_goldens.py
# SPDX-License-Identifier: Apache-2.0

import json
import pathlib
import tempfile

import sentencepiece
import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/Fixtures/tokenizers"

# Written for this file: some of everything, so that merges of many kinds are learnt.
CORPUS = [
    "The river bends twice before it meets the old mill, and the miller's cat sleeps on the warm stones.",
    "She'll count 1234 apples, 56 pears and 7 plums; they've asked whether it's 3.14159 or 22/7.",
    "def area(radius):\n    # a circle\n    if radius < 0:\n        raise ValueError('negative')\n    return 3."
    '14 * radius ** 2\n',
    '河水绕过老磨坊，磨坊主的猫睡在温暖的石头上。今天天气很好，我们去公园散步吧！',
    "Zażółć gęślą jaźń. Der Müller hört das Rauschen. El niño corrió rápidamente; l'été à la forêt.",
    'Мельница стоит у реки, и кот мельника спит на тёплых камнях.',
    'Emoji: 😀 😀 👩\u200d🚀 👨\u200d👩\u200d👧 🇩🇪 ❤️ and more 😀.',
    "I'm sure we'd better not, don't you think? IT'S LOUD. YOU'RE RIGHT.\r\n\r\n\tTabs\tand  two  blanks   thre"
    'e.',
] * 4

INPUTS = [
    '', ' ', '  ', '   ', '\n', '\n\n', '\r\n', '\t', ' \n', '\n ', ' \n \n  x', 'a', ' a', 'a ', '  a  b  ',
    'a\n\nb', 'a \n b', 'Hello world', "The river's mill", "it's IT'S It'S we'll WE'LL they've I'm I'D 'RE 'x '' 's'",
    "'ſ it'ſ 'lL 'Ve", '1', '12', '123', '1234', '12345678901', ' 1 22 333 4444', '3.14159', '1,234.5', 'x1y22z',
    '½ ² Ⅷ ٣٤ 四', 'def f(x):\n    return x+1\n\n\n# end', 'if (a && b) { return!c; }\r\n\r\n\tx++;', '...!!!???',
    ' .. ,, ;;', 'a.b,c;d', '#include <stdio.h>\n', 'http://example.org/a?b=c&d=%20', '你好，世界', '我们去公园散步吧！今天 天气',
    'こんにちは 세계', 'Zażółć gęślą jaźń', 'é ä ́x ño', 'café café', 'Å Å Ω Ω ﬁ', '😀', '👩\u200d🚀👨\u200d👩\u200d👧 🇩🇪 ❤️',
    'a😀b 😀 c', '\x00\x01\x1f\x7f', '\x85 \xa0x \u2003y \u3000z\u200bq\ufeff', '\u2028\u2029', 'مرحبا بالعالم', 'שלום',
    'नमस्ते दुनिया', '𝔘𝔫𝔦 𐍈 \U0010ffff', 'tab\t\ttab', '   lead', 'trail   ', 'x                 y',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    'abababababababababababababababababababababababababababababababababababababababab', ' \t \t mixed \t\n\t ',
    '\n\n\n\na\n\n\n', '<|turn|>user\nhi<|end|>\n', 'a<|end|>b', '<|end|><|end|>', '<|end|> x', '<|en d|>', '<|end|',
    '<tool>', 'x<tool>y', '▁ ▁a _', 'It was 100% sure—“quoted” text… (really?) [yes] {no}', 'ÄÖÜ äöü ß ẞ İ ı',
    'don’t', 'snake_case_name camelCaseName',
]

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CODE = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|DIGITS| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def byte_level(use_regex=True):
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=use_regex)


def split(pattern):
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"), byte_level(use_regex=False)])


FAMILIES = {
    "gpt2": byte_level(),
    "smollm": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level()]),
    "llama3": split(CODE.replace("DIGITS", r"\p{N}{1,3}")),
    "qwen2": split(CODE.replace("DIGITS", r"\p{N}")),
}


def golden(tokenizer, family):
    cases = []
    for text in INPUTS:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        case = {"text": text, "ids": ids, "decoded": tokenizer.decode(ids)}
        if family in FAMILIES:
            pieces = tokenizer.pre_tokenizer.pre_tokenize_str(text)
            case["words"] = [text[start:end] for _, (start, end) in pieces]
        cases.append(case)
    return cases


def save(name, tokenizer):
    text = json.loads(tokenizer.to_str())
    with open(FOLDER / f"{name}.tokenizer.json", "w", encoding="utf-8") as file:
        json.dump(text, file, ensure_ascii=False, separators=(",", ":"))
        file.write("\n")
    with open(FOLDER / f"{name}.golden.json", "w", encoding="utf-8") as file:
        json.dump(golden(tokenizer, name), file, ensure_ascii=True, separators=(",", ":"))
        file.write("\n")


def make_byte_level(name, pre_tokenizer):
    tokenizer = Tokenizer(models.BPE(ignore_merges=name == "llama3"))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    if name == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=["<|begin|>", "<|end|>", "<|turn|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_tokens([AddedToken("<tool>", normalized=False)])
    if name == "llama3":
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<|begin|> $A", pair="<|begin|> $A <|begin|> $B", special_tokens=[("<|begin|>", 0)])
    save(name, tokenizer)


def make_sentencepiece():
    with tempfile.TemporaryDirectory() as folder:
        corpus = pathlib.Path(folder) / "corpus.txt"
        corpus.write_text("\n".join(CORPUS), encoding="utf-8")
        sentencepiece.SentencePieceTrainer.train(
            input=str(corpus), model_prefix=f"{folder}/spm", model_type="bpe", vocab_size=800, byte_fallback=True,
            character_coverage=0.98, normalization_rule_name="identity", remove_extra_whitespaces=False,
            user_defined_symbols=["<tool>"], minloglevel=2, hard_vocab_limit=False)
        processor = sentencepiece.SentencePieceProcessor(model_file=f"{folder}/spm.model")
    size = processor.get_piece_size()
    kinds = []
    for index in range(size):
        kind = 1
        kind = 2 if processor.is_unknown(index) else kind
        kind = 3 if processor.is_control(index) else kind
        kind = 6 if processor.is_byte(index) else kind
        kind = 4 if processor.id_to_piece(index) == "<tool>" else kind
        kinds.append(kind)
    pieces = [processor.id_to_piece(index) for index in range(size)]
    scores = [processor.get_score(index) for index in range(size)]
    # A symbol in the text is split off first by llama.cpp and by us, with a blank behind it; the library keeps it in
    # place. So texts with symbols are left to the other golden.
    cases = [
        {"text": text, "ids": processor.encode(text), "decoded": processor.decode(processor.encode(text))}
        for text in INPUTS if "<tool>" not in text and "\0" not in text
    ]
    with open(FOLDER / "spm.golden.json", "w", encoding="utf-8") as file:
        json.dump({"tokens": pieces, "scores": scores, "kinds": kinds, "cases": cases}, file, separators=(",", ":"))
        file.write("\n")
    return pieces, kinds


def make_llama2(pieces, kinds):
    """The same pieces as tokenizer.json writes such models: merges by rank, blanks by a normalizer."""
    vocab = {piece: index for index, piece in enumerate(pieces)}
    normal = {piece for piece, kind in zip(pieces, kinds) if kind == 1}
    merges = [
        (piece[:cut], piece[cut:])
        for piece in pieces if piece in normal
        for cut in range(1, len(piece)) if piece[:cut] in normal and piece[cut:] in normal
    ]
    tokenizer = Tokenizer(models.BPE(vocab, merges, byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    special = [AddedToken(text, normalized=False, special=True) for text in ["<unk>", "<s>", "</s>"]]
    tokenizer.add_special_tokens(special)
    tokenizer.add_tokens([AddedToken("<tool>", normalized=False)])
    save("llama2", tokenizer)
    tokenizer.normalizer = None
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    save("metaspace", tokenizer)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, pre_tokenizer in FAMILIES.items():
        make_byte_level(name, pre_tokenizer)
    make_llama2(*make_sentencepiece())
    (FOLDER / "README.md").write_text(
        "# Tokenizer fixtures\n\nMade by `tools/oracles/make_bpe_goldens.py` with tokenizers "
        f"{tokenizers.__version__} and sentencepiece {sentencepiece.__version__}, from text written in that script.\n\n"
        "`NAME.tokenizer.json` is a tiny tokenizer of the family NAME; `NAME.golden.json` its ids, its decoded text and,\n"
        "for byte-level families, the words of its pre-tokeniser, per text. `spm.golden.json` holds the pieces of a\n"
        "SentencePiece BPE model with the library's ids. `files.golden.json` is of `make_tokenizer_file_goldens.py`: added\n"
        "tokens with flags, the files beside tokenizer.json, Unigram models and the flags of SentencePiece files.\n",
        encoding="utf-8")


if __name__ == "__main__":
    main()
