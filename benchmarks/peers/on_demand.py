"""PyTorch's side of `int8.ts`, one run at a time: lines `NAME THREADS` come in, lines of milliseconds go out.

    python on_demand.py PICTURE.jpg [WEIGHTS.safetensors]

`forward` and `forward-sdpa` are the paper's model at batch 8, `predict` and `predict-sdpa` the way from the bytes of the JPEG to its
anomaly map, on EfficientNetV2-B0; see `measure.py`. All are float32.
"""

import sys
import time
from pathlib import Path

import torch

from measure import BATCH, build_predictor
from model import Config, UniAD

VARIANTS = {"": "pytorch", "-sdpa": "pytorch-sdpa"}


@torch.inference_mode()
def build_forward(variant):
    model = UniAD(Config(), variant).eval()
    features = torch.randn(BATCH, model.config.in_channels, *model.config.feature_size)
    return torch.inference_mode()(lambda: model(features))


def main(picture, weights=None):
    jpeg = Path(picture).read_bytes()
    runs = {}
    for suffix, variant in VARIANTS.items():
        runs[f"forward{suffix}"] = build_forward(variant)
        predict = build_predictor(variant, weights)
        runs[f"predict{suffix}"] = lambda predict=predict: predict(jpeg)
    print("ready", flush=True)
    for line in sys.stdin:
        name, threads = line.split()
        torch.set_num_threads(int(threads))
        started = time.perf_counter()
        runs[name]()
        print((time.perf_counter() - started) * 1000, flush=True)


main(*sys.argv[1:])
