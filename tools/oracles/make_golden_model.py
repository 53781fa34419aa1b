# Makes Tests/Fixtures/golden/tiny.*: a network with muP's constants in miniature, computed by PyTorch with the stock
# GraniteForCausalLM of transformers, whose four multipliers express those constants exactly. Logits, loss, the gradient
# of every weight, five AdamW steps, and a greedy continuation; all in f32, row-major, matrices [out, in].
# Development only: tests read the files. Needs torch, transformers, safetensors and numpy; run:
#   python tools/oracles/make_golden_model.py
# SPDX-License-Identifier: Apache-2.0

import json
import math
import pathlib

import safetensors.numpy
import torch
import transformers

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/Fixtures/golden"
V, D, F, L, H, K = 64, 32, 48, 2, 4, 2  # vocabulary, width, feed-forward width, layers, query and key heads
B, T = 2, 17  # odd, so that no tile is full
SCALE_EMB, SCALE_DEPTH, BASE_WIDTH = 12.0, 1.4, 16
STEPS, LEARNING_RATE, DECAY = 5, 0.01, 0.1
PROMPT, GREEDY = 7, 24
# What `config.json` of an Xmodel-2 checkpoint says of the same network.
CONFIG = {
    "model_type": "xmodel", "vocab_size": V, "hidden_size": D, "intermediate_size": F, "num_hidden_layers": L,
    "num_attention_heads": H, "num_key_value_heads": K, "max_position_embeddings": 64, "initializer_range": 0.1,
    "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": True,
    "scale_emb": SCALE_EMB, "scale_depth": SCALE_DEPTH, "dim_model_base": BASE_WIDTH,
}


def make_model():
    config = transformers.GraniteConfig(
        vocab_size=V, hidden_size=D, intermediate_size=F, num_hidden_layers=L, num_attention_heads=H,
        num_key_value_heads=K, max_position_embeddings=64, rms_norm_eps=1e-5, tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        embedding_multiplier=SCALE_EMB, residual_multiplier=SCALE_DEPTH / math.sqrt(L), logits_scaling=D / BASE_WIDTH,
        attention_multiplier=1 / math.sqrt(D // H), attn_implementation="eager")
    model = transformers.GraniteForCausalLM(config).float().eval()
    random = torch.Generator().manual_seed(18)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            noise = torch.randn(weight.shape, generator=random)
            # Norm weights are not 1, so that a missing norm shows. Scale and seed are chosen so that attention is not
            # uniform, the greedy continuation varies, and bf16 stays within a few per cent.
            weight.copy_(1 + 0.2 * noise if weight.dim() == 1 else noise * (0.1 if "embed" in name else 0.25))
    return model


def save(model, part, tensors):
    arrays = {name: tensor.detach().clone().contiguous().numpy() for name, tensor in tensors.items()}
    safetensors.numpy.save_file(arrays, FOLDER / f"tiny.{part}.safetensors", {"format": "pt"})


def gradients(model, ids):
    """Gradients of the mean loss over all B (T - 1) targets: labels are the ids, shifted inside each row."""
    model.zero_grad()
    logits = model(ids, use_cache=False).logits
    loss = torch.nn.functional.cross_entropy(logits[:, :-1].reshape(-1, V), ids[:, 1:].reshape(-1))
    loss.backward()
    return logits, loss


def adamw(model):
    """Hidden matrices learn at 1/m of the rate, m = width / base width, with decay; embedding and norms without."""
    hidden = [p for n, p in model.named_parameters() if p.dim() == 2 and "embed" not in n]
    others = [p for n, p in model.named_parameters() if p.dim() == 1 or "embed" in n]
    return torch.optim.AdamW(
        [{"params": hidden, "lr": LEARNING_RATE * BASE_WIDTH / D, "weight_decay": DECAY},
         {"params": others, "lr": LEARNING_RATE, "weight_decay": 0.0}],
        betas=(0.9, 0.95), eps=1e-8)


@torch.no_grad()
def greedy(model, ids):
    ids, margin = ids[:1, :PROMPT], math.inf
    for _ in range(GREEDY):
        top = model(ids, use_cache=False).logits[0, -1].topk(2)
        margin = min(margin, float(top.values[0] - top.values[1]))
        ids = torch.cat([ids, top.indices[:1].view(1, 1)], 1)
    # Another order of sums must not choose another token.
    assert margin > 1e-3, f"the two best logits are only {margin} apart: choose another seed"
    return ids[0].tolist()


def main():
    torch.set_num_threads(1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    model = make_model()
    ids = torch.randint(0, V, (B, T), generator=torch.Generator().manual_seed(2))
    save(model, "weights", dict(model.named_parameters()))
    logits, loss = gradients(model, ids)
    save(model, "grads", {name: p.grad for name, p in model.named_parameters()})
    save(model, "io", {"input_ids": ids.int(), "logits": logits})
    result = {
        "made_with": {"torch": torch.__version__, "transformers": transformers.__version__},
        "config": CONFIG, "loss": loss.item(), "greedy_prompt_len": PROMPT, "greedy_ids": greedy(model, ids),
    }
    optimizer, losses, norms = adamw(model), [], []
    for _ in range(STEPS):
        losses.append(float(gradients(model, ids)[1]))
        norms.append(float(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)))
        optimizer.step()
    save(model, "adamw", dict(model.named_parameters()))
    weights = {name: p.detach().double() for name, p in model.named_parameters()}
    result["adamw"] = {
        "lr": LEARNING_RATE, "losses": losses, "grad_norms": norms,
        "final_l2_and_sum": {name: [float(w.norm()), float(w.sum())] for name, w in weights.items()},
    }
    (FOLDER / "tiny.json").write_text(json.dumps(result, indent=1) + "\n")
    print(f"loss {loss.item():.4f}, losses {losses}, norms {norms}, greedy {result['greedy_ids']}")


main()
