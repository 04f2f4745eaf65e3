"""Times anomalib's coreset and nearest neighbours on the patches that ../coreset.ts wrote, with all of torch's threads."""

import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch
from anomalib.models.components import KCenterGreedy
from anomalib.models.image.patchcore.torch_model import PatchcoreModel

folder, channels, per_picture = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
ratio, searches = float(sys.argv[4]), int(sys.argv[5])
torch.manual_seed(0)
patches = torch.from_numpy(np.fromfile(folder / "patches", np.float32).reshape(-1, channels))
ours = torch.from_numpy(np.fromfile(folder / "bank", np.float32).reshape(-1, channels))


@torch.inference_mode()
def radius(bank):
    return max(float(torch.cdist(part, bank).min(1)[0].max()) for part in patches.split(2048))


with torch.inference_mode():
    started = time.perf_counter()
    bank = KCenterGreedy(patches, ratio).sample_coreset()
    seconds = time.perf_counter() - started
    model = PatchcoreModel(layers=["layer2", "layer3"], backbone="resnet18", pre_trained=False)
    model.memory_bank = bank
    times = []
    for _ in range(searches + 2):
        began = time.perf_counter()
        model.nearest_neighbors(patches[:per_picture], 1)
        times.append((time.perf_counter() - began) * 1000)
print(
    json.dumps(
        {
            "coresetSeconds": seconds,
            "searchMs": statistics.median(times[2:]),
            "radius": radius(bank),
            "radiusOfOurs": radius(ours),
        }
    )
)
