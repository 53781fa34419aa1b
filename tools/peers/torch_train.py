# The peer of the training rows of script/bench: one training step of the same shapes in PyTorch, with the stock
# Llama modules of Hugging Face transformers. Prints one JSON object: median tokens per second and peak memory of a
# step. Development only: nothing that is shipped runs Python. script/bench makes its environment.
# SPDX-License-Identifier: Apache-2.0

import argparse
import json
import os
import statistics
import sys
import time

import torch
import transformers

# Shapes of the presets, the same as in Sources/XMModel; head width is 64 everywhere.
#         layers, query heads, key/value heads, width, feed-forward width
PRESETS = {
    "nano": (8, 4, 1, 256, 640),
    "micro": (12, 6, 1, 384, 960),
    "tiny": (18, 8, 4, 512, 1280),
    "small": (30, 9, 3, 576, 1440),
    "medium": (32, 15, 5, 960, 2400),
    "xl": (48, 24, 8, 1536, 3840),
}

# Steps before the clock starts: allocation, compilation, oneDNN's reordering of weights.
WARMUP_STEPS = 2


def arguments():
    parser = argparse.ArgumentParser(description="Training speed and memory of a preset in PyTorch, as JSON.")
    parser.add_argument("--preset", choices=sorted(PRESETS), required=True)
    parser.add_argument("--vocabulary", type=int, required=True)
    parser.add_argument("--batch-size", type=int, default=8, help="sequences in a step")
    parser.add_argument("--length", type=int, default=512, help="tokens in a sequence")
    parser.add_argument("--mode", choices=["f32", "bf16", "compile"], required=True,
                        help="f32; bf16 autocast; bf16 autocast with torch.compile")
    parser.add_argument("--steps", type=int, default=6, help="timed steps")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    return parser.parse_args()


def build(preset, vocabulary):
    layers, heads, kv_heads, width, feed_forward = PRESETS[preset]
    config = transformers.LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=feed_forward,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        max_position_embeddings=4096,
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
        use_cache=False,
    )
    return transformers.LlamaForCausalLM(config).train()


def forget_peak():
    """Sets the kernel's record of this process's peak memory back to what is resident now."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass  # Not allowed in some containers: then the peak includes the warm-up.


def peak_bytes():
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None


def main():
    options = arguments()
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)

    model = build(options.preset, options.vocabulary)
    # The fused implementation is PyTorch's fastest AdamW on the CPU.
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1, fused=True)
    forward = torch.compile(model) if options.mode == "compile" else model

    def step(ids):
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.mode != "f32"):
            loss = forward(input_ids=ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss.item()  # Waits for the step to finish.

    seconds = []
    loss = None
    for index in range(WARMUP_STEPS + options.steps):
        if index == WARMUP_STEPS:
            forget_peak()
        ids = torch.randint(0, options.vocabulary, (options.batch_size, options.length))
        start = time.perf_counter()
        loss = step(ids)
        if index >= WARMUP_STEPS:
            seconds.append(time.perf_counter() - start)

    json.dump(
        {
            "tokens_per_second": options.batch_size * options.length / statistics.median(seconds),
            "peak_bytes": peak_bytes(),
            "mode": options.mode,
            "threads": options.threads,
            "parameters": sum(parameter.numel() for parameter in model.parameters()),
            "loss": loss,
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
        sys.stdout,
    )
    print()


if __name__ == "__main__":
    main()
