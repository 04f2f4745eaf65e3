"""Times scikit-learn's pixel AUROC or anomalib's AUPRO over the maps that ../metrics.ts wrote, reading not counted."""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np


def auroc(maps, masks):
    from sklearn.metrics import roc_auc_score

    maps, masks = maps.ravel(), masks.ravel()
    return lambda: roc_auc_score(masks, maps)


def aupro(maps, masks):
    import torch
    from anomalib.metrics.aupro import _AUPRO

    torch.set_num_threads(1)
    maps, masks = torch.from_numpy(maps), torch.from_numpy(masks)
    metric = _AUPRO(fpr_limit=0.3)

    def measured():
        for image in range(len(maps)):
            metric.update(maps[image : image + 1], masks[image : image + 1])
        return metric.compute()

    return measured


folder, side, count, name = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
maps = np.fromfile(folder / "maps", np.float32, count * side * side).reshape(count, side, side)
masks = np.fromfile(folder / "masks", np.uint8, count * side * side).reshape(count, side, side)
measured = {"auroc": auroc, "aupro": aupro}[name](maps, masks)
started, cpu = time.perf_counter(), time.process_time()
value = measured()
figures = {
    "value": float(value),
    "seconds": time.perf_counter() - started,
    "cpuSeconds": time.process_time() - cpu,
    "peakRssMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}
print(json.dumps(figures))
