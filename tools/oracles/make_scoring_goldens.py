# Makes Tests/Fixtures/scoring/smollm2.json: log probabilities of continuations and of whole texts by the rules of
# lm-evaluation-harness, computed with transformers on the small model that script/fetch-smollm2 brings, dequantised to
# f32. With lm_eval installed, its own Hugging Face backend computes them a second time and must agree.
# Development only: tests read the file. Needs torch, transformers and gguf; run:
#   python tools/oracles/make_scoring_goldens.py "$(script/fetch-smollm2)"
# SPDX-License-Identifier: Apache-2.0

import json
import pathlib
import sys

import tokenizers
import torch
import transformers

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/Fixtures/scoring"
LONG = ("The river was high that spring, and the ferry stood idle on its chain. Anna counted the boards of the pier, "
        "as she had done every year: 17 of oak, 3 of pine, and 1 that nobody could name. ")
PAIRS = [
    ("Question: What is the capital of France?\nAnswer:", " Paris"),
    ("Question: What is the capital of France?\nAnswer:", " London"),
    ("Question: What is the capital of France?\nAnswer: ", "Paris"),  # the blank belongs to the continuation
    ("Question: 2 + 2 =\n\n", "4"),
    ("The answer is", " 42.\n"),
    ("unbe", "lievable"),  # the cut is not where tokens end
    ("", "Once upon a time"),
    ("", "<|im_start|>user\nHi"),  # begins with the start token
    (" \n ", "there"),
    ("<|im_start|>user\nName a colour.<|im_end|>\n<|im_start|>assistant\n", "Blue<|im_end|>"),
    ("今天天气", "很好。"),
    ("Emoji: ", "👩‍🚀🙂"),
    ("A wide space\u3000", "x"),  # a blank in Python's sense
    (LONG, "Then it rained."),
    (LONG + LONG, "Then it rained again, and the water came up to the sixth board of the pier."),
    ("a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h", " i j k l"),
]
TEXTS = ["", "Hi", LONG, LONG + "He left.", "水\n\n水", "x" * 90, LONG * 3]
LENGTHS = [24, 96]


class Reference:
    """The harness's rules, written from its documentation."""

    def __init__(self, model, tokenizer, length):
        self.model, self.tokenizer, self.length = model, tokenizer, length
        self.prefix = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id

    def encode(self, text):
        return self.tokenizer.encode(text, add_special_tokens=False)

    def pair(self, context, continuation):
        stripped = context.rstrip()
        whole, start = self.encode(context + continuation), self.encode(stripped)
        if stripped:
            return start, whole[len(start):]
        return [self.prefix], whole[1:] if whole[:1] == [self.prefix] else whole

    @torch.no_grad()
    def score(self, context, continuation):
        tokens = (context + continuation)[-(self.length + 1):]
        logits = self.model(torch.tensor([tokens[:-1]])).logits[0, -len(continuation):].float()
        logprobs = torch.log_softmax(logits, -1)
        wanted = torch.tensor(continuation)
        return (logprobs.gather(1, wanted[:, None])[:, 0].double().tolist(),
                bool((logits.argmax(-1) == wanted).all()))

    def rolling(self, text):
        tokens, result = self.encode(text), []
        for first in range(0, len(tokens), self.length):
            end = min(first + self.length, len(tokens))
            before = ([self.prefix] + tokens)[max(0, end - self.length):first + 1]
            result += self.score(before, tokens[first:end])[0]
        return result


def harness(model, tokenizer, length):
    try:
        from lm_eval.api.instance import Instance
        from lm_eval.models.huggingface import HFLM
    except ImportError:
        return None
    lm = HFLM(pretrained=model, tokenizer=tokenizer, max_length=length, batch_size=1, add_bos_token=False,
              device="cpu", dtype="float32")

    def ask(kind, arguments):
        requests = [Instance(request_type=kind, doc={}, arguments=a, idx=0) for a in arguments]
        return getattr(lm, kind)(requests, disable_tqdm=True)

    return ask


def main():
    file = pathlib.Path(sys.argv[1])
    torch.set_num_threads(2)
    tokenizer = transformers.AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    # What the file calls "smollm"; transformers takes every byte-level vocabulary in GGUF for GPT-2's.
    pre = tokenizers.pre_tokenizers
    tokenizer.backend_tokenizer.pre_tokenizer = pre.Sequence(
        [pre.Digits(individual_digits=True), pre.ByteLevel(add_prefix_space=False, use_regex=True)])
    model = transformers.AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    model.eval()
    data, checked = [], False
    for length in LENGTHS:
        reference, ask = Reference(model, tokenizer, length), harness(model, tokenizer, length)
        pairs, texts = [], []
        for context, continuation in PAIRS:
            start, rest = reference.pair(context, continuation)
            logprobs, greedy = reference.score(start, rest)
            pairs.append({"context": context, "continuation": continuation, "context_ids": start, "ids": rest,
                          "logprobs": [round(value, 6) for value in logprobs], "greedy": greedy})
        for text in TEXTS:
            texts.append({"text": text, "logprobs": [round(value, 6) for value in reference.rolling(text)]})
        if ask:
            checked = True
            # The harness refuses contexts that are nothing but blanks.
            usual = [pair for pair in pairs if not pair["context"] or pair["context"].strip()]
            theirs = ask("loglikelihood", [(pair["context"], pair["continuation"]) for pair in usual])
            for pair, (logprob, greedy) in zip(usual, theirs, strict=True):
                assert abs(sum(pair["logprobs"]) - logprob) < 1e-3 and pair["greedy"] == greedy, (pair, logprob, greedy)
            for text, logprob in zip(texts, ask("loglikelihood_rolling", [(text,) for text in TEXTS]), strict=True):
                assert abs(sum(text["logprobs"]) - logprob) < 2e-3, (text, logprob)
        data.append({"length": length, "pairs": pairs, "texts": texts})
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "smollm2.json").write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n",
                                         encoding="utf-8")
    print(f"{sum(len(part['pairs']) + len(part['texts']) for part in data)} cases; lm_eval agrees: {checked or 'absent'}")
    (FOLDER / "README.md").write_text(
        "# Scoring fixtures\n\n`smollm2.json` is made by `tools/oracles/make_scoring_goldens.py` with transformers "
        f"{transformers.__version__} and PyTorch {torch.__version__.split('+')[0]}: log\nprobabilities in nats of the "
        "texts in that script, by the rules of lm-evaluation-harness, for two context lengths.\nThe weights are those of "
        "the file that `script/fetch-smollm2` brings, dequantised to f32.\n", encoding="utf-8")


if __name__ == "__main__":
    main()
