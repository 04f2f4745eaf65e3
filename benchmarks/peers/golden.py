"""Proves that the peers are the right networks: runs the golden cases of `reference/` on them.

How the cases' weights and inputs are generated from names is described in `reference/README.md`.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch

from backbone import EfficientNetV2B0, load_weights
from model import VARIANTS, Config, UniAD, anomaly_map, training_step

CASES = ("tiny", "tiny_full_attention", "encoder_mask_sine", "default_mvtec")
BACKBONE_CASE = "tf_efficientnetv2_b0_real_weights"
RELATIVE, ABSOLUTE = 1e-3, 1e-4


def uniform(name, count):
    """`count` numbers in [-1, 1): mulberry32 seeded with the 32-bit FNV-1a hash of the name."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 & 0xFFFFFFFF
    with np.errstate(over="ignore"):
        a = np.uint32(seed) + np.arange(1, count + 1, dtype=np.uint32) * np.uint32(0x6D2B79F5)
        t = (a ^ (a >> np.uint32(15))) * (a | np.uint32(1))
        t ^= t + (t ^ (t >> np.uint32(7))) * (t | np.uint32(61))
        t ^= t >> np.uint32(14)
    return t.astype(np.float64) / 2**32 * 2 - 1


def golden_parameter(name, shape):
    u = uniform(name, math.prod(shape))
    if len(shape) == 1:
        values = 1 + 0.1 * u if name.endswith("weight") else 0.1 * u
    elif "_embed" in name.removeprefix("pos_embed."):
        values = u
    else:
        values = u * math.sqrt(3 / math.prod(shape[1:]))
    return torch.from_numpy(values.astype(np.float32)).reshape(shape)


def golden_input(name, shape):
    return torch.from_numpy((uniform(name, math.prod(shape)) * 1.5).astype(np.float32)).reshape(shape)


class Comparison:
    """Collects the largest difference of every quantity, in units of its tolerance: 1 is the limit."""

    def __init__(self):
        self.worst = {}

    def add(self, quantity, actual, expected):
        actual, expected = (torch.as_tensor(x, dtype=torch.float64).flatten() for x in (actual, expected))
        if actual.shape != expected.shape:
            raise ValueError(f"Expected {len(expected)} values of {quantity} but received {len(actual)}")
        share = ((actual - expected).abs() / (ABSOLUTE + RELATIVE * expected.abs())).max().item()
        self.worst[quantity] = max(self.worst.get(quantity, 0.0), share if math.isfinite(share) else math.inf)

    def add_tensor(self, quantity, actual, expected):
        """`expected` is a whole array, or a summary with values at some indices."""
        if list(actual.shape) != expected["shape"]:
            raise ValueError(f"Expected shape {expected['shape']} of {quantity} but received {list(actual.shape)}")
        flat = actual.detach().flatten()
        if "data" in expected:
            self.add(quantity, flat, expected["data"])
        else:
            self.add(quantity, flat[expected["index"]], expected["value"])
            self.add(quantity, [flat.double().mean(), flat.double().norm()], [expected["mean"], expected["l2"]])

    @property
    def passed(self):
        return max(self.worst.values()) <= 1


def check_model(case, variant):
    described = case["config"]
    size = tuple(described["feature_size"])
    fields = ("in_channels", "hidden_dim", "heads", "feedforward_dim", "encoder_layers", "decoder_layers", "pos_embed")
    config = Config(
        **{field: described[field] for field in fields},
        feature_size=size,
        neighbor_size=tuple(described["neighbor_size"]),
        mask=tuple(described["mask"] or (False, False, False)),
        dropout=0.0,
        jitter_probability=0.0,
    )
    model = UniAD(config, variant)
    model.load_state_dict({name: golden_parameter(name, shape) for name, shape in case["parameters"]})
    features = golden_input("features", (described["batch"], config.in_channels, *size))
    comparison = Comparison()

    with torch.inference_mode():
        comparison.add_tensor("inference", model.eval()(features), case["feature_rec"])
    reconstruction = model.train()(features)
    comparison.add_tensor("reconstruction", reconstruction, case["feature_rec"])
    pixels = tuple(n * described["stride"] for n in size)
    comparison.add_tensor("map", anomaly_map(features, reconstruction, pixels), case["anomaly_map"])
    loss = torch.nn.functional.mse_loss(reconstruction, features)
    comparison.add("loss", loss, case["mse_loss"])
    loss.backward()
    for name, parameter in model.named_parameters():
        expected = case["gradient"][name]
        first = parameter.grad.flatten()[: len(expected["first"])]
        comparison.add("gradients", torch.cat((first, parameter.grad.norm().view(1))), [*expected["first"], expected["l2"]])

    expected = case["training"]
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.1)
    for loss, norm, rate in zip(expected["loss"], expected["gradient_norm"], expected["learning_rate"]):
        comparison.add("learning rate", optimizer.param_groups[0]["lr"] * 1e3, rate * 1e3)
        actual_loss, actual_norm = training_step(model, optimizer, features)
        comparison.add("training loss", actual_loss, loss)
        comparison.add("gradient norm", actual_norm, norm)
        schedule.step()
    for name, parameter in model.named_parameters():
        comparison.add("parameters after", parameter.detach().norm(), expected["parameter_l2_after"][name])
    return comparison


def check_backbone(case, weights):
    network = EfficientNetV2B0().eval()
    load_weights(network, weights)
    comparison = Comparison()
    with torch.inference_mode():
        maps = network(golden_input("input", (2, 3, 224, 224)))
    for stage in case["stages"]:
        comparison.add_tensor(f"stage {stage['layer']}", maps[stage["block"]], stage)
    return comparison


def check(folder):
    """Prints one line for each case and variant, and returns whether all passed."""
    folder = Path(folder)
    results = {}
    for name in CASES:
        case = json.loads((folder / f"{name}.json").read_text())
        for variant in VARIANTS:
            results[f"{name}, {variant}"] = check_model(case, variant)
    backbone = folder.parent / "backbones" / f"{BACKBONE_CASE}.json"
    if backbone.exists():
        case = json.loads(backbone.read_text())
        weights = folder.parent.parent / case["weights"]
        if weights.exists():
            results[BACKBONE_CASE] = check_backbone(case, weights)
    print(f"Largest difference in units of the tolerance, {ABSOLUTE:g} + {RELATIVE:g} * |expected|:")
    for name, comparison in results.items():
        shares = ", ".join(f"{quantity} {share:.3f}" for quantity, share in comparison.worst.items())
        print(f"{'ok  ' if comparison.passed else 'FAIL'} {name}: {shares}")
    return all(comparison.passed for comparison in results.values())
