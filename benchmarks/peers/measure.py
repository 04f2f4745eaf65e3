"""Times one variant at one number of threads; meant to be the only work of its process, so that its memory is its own.

The training step and the forward pass are the paper's default model on EfficientNet-B4's 272 channels. The prediction
is the same model on EfficientNetV2-B0's 208 channels, from the bytes of a JPEG to the anomaly map.
"""

import importlib.util
import io
import os
import resource
import statistics
import time
from dataclasses import asdict, replace

import numpy as np
import torch

from backbone import CHANNELS, FeatureExtractor, load_weights
from model import Config, UniAD, anomaly_map, training_step

BATCH = 8
IMAGE_SIZE = 224
JPEG_SIZE = 256
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
WARM_UP = 2
TRAINING_RUNS, FORWARD_RUNS = 5, 10  # at least
SECONDS, MOST_RUNS = 8, 50


def time_runs(run, least):
    """Runs for some seconds, but at least `least` times, after warming up; returns min, median and the load."""
    for _ in range(WARM_UP):
        run()
    times = []
    until = time.perf_counter() + SECONDS
    while len(times) < least or (time.perf_counter() < until and len(times) < MOST_RUNS):
        started = time.perf_counter()
        run()
        times.append((time.perf_counter() - started) * 1000)
    return {
        "min": round(min(times), 2),
        "median": round(statistics.median(times), 2),
        "runs": len(times),
        "load": round(os.getloadavg()[0], 2),
    }


def measure_training(variant):
    model = UniAD(Config(), variant).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=1e-4)
    features = torch.randn(BATCH, model.config.in_channels, *model.config.feature_size)
    return time_runs(lambda: training_step(model, optimizer, features), TRAINING_RUNS)


@torch.inference_mode()
def measure_forward(variant, batch):
    model = UniAD(Config(), variant).eval()
    features = torch.randn(batch, model.config.in_channels, *model.config.feature_size)
    return time_runs(lambda: model(features), FORWARD_RUNS)


def build_extractor(weights):
    extractor = FeatureExtractor(Config().feature_size).eval()
    if weights is not None:
        load_weights(extractor.backbone, weights)
    return extractor.to(memory_format=torch.channels_last)


@torch.inference_mode()
def measure_backbone(weights):
    extractor = build_extractor(weights)
    pictures = torch.randn(BATCH, 3, IMAGE_SIZE, IMAGE_SIZE).contiguous(memory_format=torch.channels_last)
    return time_runs(lambda: extractor(pictures), FORWARD_RUNS)


def build_predictor(variant, weights):
    """A function from the bytes of a JPEG to its anomaly map, [1, 1, size, size]."""
    from PIL import Image

    extractor = build_extractor(weights)
    model = UniAD(replace(Config(), in_channels=CHANNELS), variant).eval()
    mean, deviation = torch.tensor(MEAN), torch.tensor(DEVIATION)

    @torch.inference_mode()
    def predict(jpeg):
        picture = Image.open(io.BytesIO(jpeg)).convert("RGB")
        picture = picture.resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BILINEAR)
        pixels = torch.from_numpy(np.array(picture)).float().div_(255).sub_(mean).div_(deviation)
        features = extractor(pixels.permute(2, 0, 1).unsqueeze(0))  # a channels-last view
        return anomaly_map(features, model(features), IMAGE_SIZE)

    return predict


def measure_prediction(variant, weights):
    from PIL import Image, ImageFilter

    predict = build_predictor(variant, weights)
    noise = np.random.default_rng(2).integers(0, 255, (JPEG_SIZE, JPEG_SIZE, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).filter(ImageFilter.GaussianBlur(2)).save(file, "JPEG", quality=80)
    jpeg = file.getvalue()
    return time_runs(lambda: predict(jpeg), FORWARD_RUNS)


def measure(variant, threads, weights=None):
    """Every figure of one variant; without Pillow there is no prediction."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    times = {
        "trainStepMs": measure_training(variant),
        "forwardMs": measure_forward(variant, BATCH),
        "forwardBatch1Ms": measure_forward(variant, 1),
        "backboneBatchMs": measure_backbone(weights),
    }
    if importlib.util.find_spec("PIL") is not None:
        times["predictMs"] = measure_prediction(variant, weights)
    return {
        "torch": torch.__version__,
        "config": asdict(Config()),
        "threads": threads,
        "times": times,
        "peakRssMB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
