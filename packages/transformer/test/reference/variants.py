"""Writes ../fixtures/variants.json: every variant of encoder and decoder, computed with PyTorch in double precision.

    python -m venv venv && venv/bin/pip install torch==2.13.0
    venv/bin/python packages/transformer/test/reference/variants.py

A second implementation, which shares nothing with the TypeScript one: each design is written out by hand, attention is
torch.nn.functional.multi_head_attention_forward's, gradients are autograd's. Weights and inputs are generated from their
names; a parameter's line holds its name, its shape and the length of its gradient. Where the official UniAD code has a variant (design a; relu and gelu; post- and pre-norm; any number of layers and any
masks), the order of operations is that of its documentation: in a pre-norm decoder layer only the query is normed.
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F

GRID, WIDTH, HEADS, FEED_FORWARD, BATCH = (3, 4), 8, 2, 12, 2
TOKENS = GRID[0] * GRID[1]
WORD = 0xFFFFFFFF


def uniform(name, n):
    """Numbers in [-1, 1) that follow from a name: FNV-1a, then mulberry32."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & WORD
    numbers = []
    for i in range(1, n + 1):
        a = (seed + i * 0x6D2B79F5) & WORD
        t = ((a ^ (a >> 15)) * (a | 1)) & WORD
        t ^= (t + ((t ^ (t >> 7)) * (t | 61) & WORD)) & WORD
        numbers.append((t ^ (t >> 14)) / 2**32 * 2 - 1)
    return torch.tensor(numbers, dtype=torch.float64)


class Weights(dict):
    """Parameters by name, made when they are first asked for."""

    def get(self, name, *shape):
        if name not in self:
            u = uniform(name, math.prod(shape))
            if len(shape) == 1:
                value = 1 + 0.1 * u if name.endswith("weight") else 0.1 * u
            elif "embed" in name:
                value = u
            else:
                value = u * math.sqrt(3 / math.prod(shape[1:]))
            # Stored as float32, as the other side has it.
            self[name] = value.float().double().reshape(shape).requires_grad_()
        return self[name]


def attention(w, name, query, key, value, mask):
    """Tokens are [tokens, batch, width] here, as PyTorch likes them."""
    return F.multi_head_attention_forward(
        query, key, value, WIDTH, HEADS,
        w.get(f"{name}.in_proj_weight", 3 * WIDTH, WIDTH), w.get(f"{name}.in_proj_bias", 3 * WIDTH), None, None, False, 0.0,
        w.get(f"{name}.out_proj.weight", WIDTH, WIDTH), w.get(f"{name}.out_proj.bias", WIDTH),
        training=False, need_weights=False, attn_mask=mask,
    )[0]


def norm(w, name, x):
    return F.layer_norm(x, (WIDTH,), w.get(f"{name}.weight", WIDTH), w.get(f"{name}.bias", WIDTH))


def feed_forward(w, name, x, activation):
    hidden = F.linear(x, w.get(f"{name}.linear1.weight", FEED_FORWARD, WIDTH), w.get(f"{name}.linear1.bias", FEED_FORWARD))
    hidden = F.relu(hidden) if activation == "relu" else F.gelu(hidden)
    return F.linear(hidden, w.get(f"{name}.linear2.weight", WIDTH, FEED_FORWARD), w.get(f"{name}.linear2.bias", WIDTH))


def block(w, name, x, pre, f):
    return x + f(norm(w, name, x)) if pre else norm(w, name, x + f(x))


def decoder_layer(w, name, case, encoder, previous, position, masks):
    pre = case["normalize_before"]

    def first(query, seen):
        return block(w, f"{name}.norm1", query, pre, lambda x: attention(w, f"{name}.self_attn", x + position, seen + position, seen, masks[1]))

    def second(query, seen):
        return block(w, f"{name}.norm2", query, pre, lambda x: attention(w, f"{name}.multihead_attn", x + position, seen + position, seen, masks[2]))

    if case["queries"] == "layer-wise":
        query = w.get(f"{name}.learned_embed.weight", TOKENS, WIDTH).unsqueeze(1).repeat(1, BATCH, 1)
        design = case["design"]
        if design == "a":
            x = second(first(query, encoder), previous)
        elif design == "b":
            x = second(first(query, previous), encoder)
        elif design == "c":
            x = second(previous, first(query, encoder))
        elif design == "d":
            x = second(encoder, first(query, previous))
        elif design == "e":
            x = second(query, first(previous, encoder))
        elif design == "f":
            x = second(query, first(encoder, previous))
    else:
        # The vanilla decoder: query, key and value of the self-attention are the same, normed or not.
        x = block(w, f"{name}.norm1", previous, pre, lambda x: attention(w, f"{name}.self_attn", x + position, x + position, x, masks[1]))
        x = second(x, encoder)
    return block(w, f"{name}.norm3", x, pre, lambda x: feed_forward(w, name, x, case["activation"]))


def forward(w, case, tokens, position, masks):
    pre, activation = case["normalize_before"], case["activation"]
    x = tokens
    for i in range(case["encoder_layers"]):
        name = f"encoder.layers.{i}"
        x = block(w, f"{name}.norm1", x, pre, lambda x: attention(w, f"{name}.self_attn", x + position, x + position, x, masks[0]))
        x = block(w, f"{name}.norm2", x, pre, lambda x: feed_forward(w, name, x, activation))
    encoder = norm(w, "encoder.norm", x) if pre else x
    x = encoder
    if case["queries"] == "one" and case["decoder_layers"] > 0:
        x = w.get("decoder.learned_embed.weight", TOKENS, WIDTH).unsqueeze(1).repeat(1, BATCH, 1)
    for i in range(case["decoder_layers"]):
        x = decoder_layer(w, f"decoder.layers.{i}", case, encoder, x, position, masks)
    return norm(w, "decoder.norm", x)


def neighbor_mask(window):
    mask = torch.zeros(TOKENS, TOKENS, dtype=torch.float64)
    for a in range(TOKENS):
        for b in range(TOKENS):
            rows, columns = abs(a // GRID[1] - b // GRID[1]), abs(a % GRID[1] - b % GRID[1])
            if rows <= window[0] // 2 and columns <= window[1] // 2:
                mask[a, b] = -math.inf
    return mask


def run(case):
    w = Weights()
    mask = neighbor_mask(case["neighbor_size"])
    masks = [mask if on else None for on in case["mask"]]
    rounded = lambda name, n: uniform(name, n).float().double()
    tokens = (1.5 * rounded("tokens", BATCH * TOKENS * WIDTH)).reshape(BATCH, TOKENS, WIDTH).requires_grad_()
    position = rounded("position", TOKENS * WIDTH).reshape(TOKENS, 1, WIDTH)
    output = forward(w, case, tokens.transpose(0, 1), position, masks).transpose(0, 1)
    (output * uniform("direction", output.numel()).reshape(output.shape)).sum().backward()
    short = lambda x: [float(f"{v:.6g}") for v in x.flatten().tolist()]
    return {
        "config": case,
        "output": short(output),
        "input_gradient": short(tokens.grad[0, :3]),  # Of the first three tokens.
        "parameters": [[name, list(value.shape), *short(value.grad.norm())] for name, value in sorted(w.items())],
    }


DEFAULT = {
    "grid": GRID, "width": WIDTH, "heads": HEADS, "feedforward_dim": FEED_FORWARD, "batch": BATCH,
    "encoder_layers": 1, "decoder_layers": 2, "queries": "layer-wise", "design": "a", "activation": "relu",
    "normalize_before": False, "neighbor_size": [3, 3], "mask": [True, True, True],
}


def cases():
    for pre in (False, True):
        place = "pre" if pre else "post"
        for design in "abcdef":
            yield f"design {design}, {place}", {"design": design, "normalize_before": pre}
        for queries, name in {"one": "one query", "none": "no query"}.items():
            yield f"{name}, {place}", {"queries": queries, "normalize_before": pre}
        yield f"gelu, {place}", {"activation": "gelu", "normalize_before": pre}
        yield f"no decoder layers, {place}", {"encoder_layers": 2, "decoder_layers": 0, "normalize_before": pre}
        yield f"no encoder layers, {place}", {"encoder_layers": 0, "normalize_before": pre}
    yield "one query, no decoder layers", {"queries": "one", "decoder_layers": 0}
    yield "one query, no encoder layers", {"queries": "one", "encoder_layers": 0}
    yield "two encoder layers, one decoder layer", {"encoder_layers": 2, "decoder_layers": 1}
    for name, mask in {"the encoder": [1, 0, 0], "the first attention": [0, 1, 0], "the second attention": [0, 0, 1], "no attention": [0, 0, 0]}.items():
        yield f"mask in {name}", {"mask": [bool(on) for on in mask]}
    yield "mask in the first attention, one query", {"queries": "one", "mask": [False, True, False]}
    yield "mask in the second attention, design d", {"design": "d", "mask": [False, False, True]}
    yield "window 1x1", {"neighbor_size": [1, 1]}
    yield "window 1x5", {"neighbor_size": [1, 5]}
    yield "window 3x1, one query", {"queries": "one", "neighbor_size": [3, 1]}


path = Path(__file__).parent.parent / "fixtures" / "variants.json"
lines = [f"{json.dumps(name)}: {json.dumps(run({**DEFAULT, **change}), separators=(',', ':'))}" for name, change in cases()]
path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
print(f"{len(lines)} cases, {path.stat().st_size} bytes")
