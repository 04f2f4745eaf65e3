"""Writes scikit-learn.json: figures of scikit-learn and SciPy on cases that are generated from names.

Run with scikit-learn and SciPy installed: python packages/metrics/test/golden.py
"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy import ndimage
from sklearn import metrics

RANKINGS = [  # name, length, levels of the scores, share of anomalous samples
    ("few_levels", 40, 3, 0.4),
    ("many_levels", 300, 1e9, 0.5),
    ("imbalanced", 500, 50, 0.03),
    ("mostly_anomalous", 200, 20, 0.9),
    ("two_levels", 60, 1, 0.5),
]
MAPS = [  # name, maps, height, width, levels of the scores, share of anomalous pixels
    ("sparse_regions", 6, 17, 23, 1000, 0.08),
    ("crowded_regions", 4, 20, 20, 1e9, 0.35),
    ("tied_maps", 5, 12, 31, 4, 0.15),
    ("one_column", 3, 40, 1, 100, 0.3),
]
LIMITS = (0.05, 0.3, 1.0)


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


def samples(name, length, levels, rate):
    labels = uniform(f"{name}.labels", length) < 2 * rate - 1
    scores = np.floor((uniform(f"{name}.scores", length) + 0.3 * labels) * levels) / levels
    return scores, labels


def ranking_figures(scores, labels):
    precision, recall, thresholds = metrics.precision_recall_curve(labels, scores)
    with np.errstate(invalid="ignore"):
        f1 = np.nan_to_num(2 * precision * recall / (precision + recall))
    fpr, tpr, _ = metrics.roc_curve(labels, scores)
    return {
        "auroc": metrics.roc_auc_score(labels, scores),
        "averagePrecision": metrics.average_precision_score(labels, scores),
        "bestF1": f1.max(),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "thresholds": thresholds.tolist(),
        "falsePositiveRate": fpr.tolist(),
        "truePositiveRate": tpr.tolist(),
    }


def pro_curve(scores, masks):
    """Overlap averaged over regions and false positive rate at every distinct score, by counting at each."""
    regions = []
    for image, mask in enumerate(masks):
        labeled, count = ndimage.label(mask, structure=np.ones((3, 3)))
        regions += [scores[image][labeled == region] for region in range(1, count + 1)]
    normal = scores[~masks]
    curve = [(0.0, 0.0)]
    for threshold in np.unique(scores)[::-1]:
        overlap = np.mean([(region >= threshold).mean() for region in regions])
        curve.append(((normal >= threshold).mean(), overlap))
    return len(regions), np.array(curve)


def aupro(curve, limit):
    rates, overlaps = curve.T
    inside = rates <= limit
    after = np.argmin(inside) if not inside.all() else len(rates) - 1
    x, y = rates[inside], overlaps[inside]
    if x[-1] < limit:
        slope = (overlaps[after] - y[-1]) / (rates[after] - x[-1])
        x, y = np.append(x, limit), np.append(y, y[-1] + slope * (limit - x[-1]))
    return np.trapezoid(y, x) / limit


def map_figures(name, count, height, width, levels, rate):
    scores, masks = samples(name, count * height * width, levels, rate)
    scores, masks = scores.reshape(count, height, width), masks.reshape(count, height, width)
    regions, curve = pro_curve(scores, masks)
    labeled, _ = ndimage.label(masks[0], structure=np.ones((3, 3)))
    return {
        "regions": regions,
        "labelsOfFirst": labeled.ravel().tolist(),
        "auroc": metrics.roc_auc_score(masks.ravel(), scores.ravel()),
        "averagePrecision": metrics.average_precision_score(masks.ravel(), scores.ravel()),
        "aupro": {str(limit): aupro(curve, limit) for limit in LIMITS},
    }


figures = {
    "versions": {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__},
    "rankings": [
        {"name": name, "length": length, "levels": levels, "rate": rate, **ranking_figures(*samples(name, length, levels, rate))}
        for name, length, levels, rate in RANKINGS
    ],
    "maps": [
        {"name": name, "count": count, "size": [height, width], "levels": levels, "rate": rate,
         **map_figures(name, count, height, width, levels, rate)}
        for name, count, height, width, levels, rate in MAPS
    ],
}  # fmt: skip
Path(__file__).with_name("scikit-learn.json").write_text(json.dumps(figures) + "\n")
