"""The PyTorch peer of the benchmarks: UniAD from PyTorch's own layers, checked and timed.

    python uniad_torch.py --check ../../../shared/reference/uniad
    python uniad_torch.py --json peers.json [--threads 1,2] [--weights tf_efficientnetv2_b0.safetensors]

Two variants: `pytorch` calls nn.MultiheadAttention and has it return its weights, as the official code does;
`pytorch-sdpa` has the same parameters and calls scaled_dot_product_attention. Every figure is a median, and
PyTorch's best over the numbers of threads.
"""

import argparse
import json
import os
import subprocess
import sys

# torch is imported in the child processes only: on Linux a child's peak memory starts at its parent's.
VARIANTS = ("pytorch", "pytorch-sdpa")
CHILD = """
import json, sys
from measure import measure
variant, threads, weights = json.loads(sys.argv[1])
print(json.dumps(measure(variant, threads, weights)))
"""
BATCH = 8


def available_cores():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def thread_counts(text):
    if text is None:
        return sorted({1, (available_cores() + 1) // 2, available_cores()})
    return [int(count) for count in text.split(",")]


def measure_in_child(variant, threads, weights):
    print(f"{variant}, {threads} threads", file=sys.stderr)
    arguments = json.dumps([variant, threads, weights])
    folder = os.path.dirname(os.path.abspath(__file__))
    environment = {**os.environ, "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
    output = subprocess.run(
        [sys.executable, "-c", CHILD, arguments], env=environment, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    return json.loads(output.splitlines()[-1])


def best_figures(runs):
    """The smallest median of every figure, the threads that gave it, and the memory of the fastest training."""
    best = {name: min(runs, key=lambda run: run["times"][name]["median"]) for name in runs[0]["times"]}
    figures = {name: run["times"][name]["median"] for name, run in best.items()}
    throughput = BATCH * 1000 / figures.pop("backboneBatchMs")
    return {
        **figures,
        "backbonePerSecond": round(throughput, 2),
        "peakRssMB": best["trainStepMs"]["peakRssMB"],
        "threads": {name: run["threads"] for name, run in best.items()},
        "runs": [{key: run[key] for key in ("threads", "times", "peakRssMB")} for run in runs],
    }


def main():
    parser = argparse.ArgumentParser(description="The PyTorch peer of the benchmarks.")
    parser.add_argument("--check", metavar="FOLDER", help="run the golden cases of reference/uniad")
    parser.add_argument("--json", metavar="FILE", help="measure, and write the figures")
    parser.add_argument("--threads", metavar="LIST", help="numbers of threads to try (default: 1, half of the cores, all)")
    parser.add_argument("--weights", metavar="FILE", help="EfficientNetV2-B0's weights (default: random)")
    flags = parser.parse_args()
    if flags.check is None and flags.json is None:
        parser.error("expected --check FOLDER or --json FILE")

    if flags.check is not None:
        from golden import check

        if not check(flags.check):
            sys.exit(1)
    if flags.json is None:
        return
    weights = None if flags.weights is None else os.path.abspath(flags.weights)
    runs = {
        variant: [measure_in_child(variant, threads, weights) for threads in thread_counts(flags.threads)]
        for variant in VARIANTS
    }
    first = runs["pytorch"][0]
    report = {
        **{variant: best_figures(runs[variant]) for variant in VARIANTS},
        "torch": first["torch"],
        "config": {
            "model": first["config"],
            "batch": BATCH,
            "training and forward": "features of EfficientNet-B4's stages 1-4, 272 channels, 14 x 14",
            "prediction": "JPEG of 256 x 256, EfficientNetV2-B0's stages 1-4, 208 channels, 14 x 14, map of 224 x 224",
            "weights": "random" if weights is None else os.path.basename(weights),
        },
        "machine": {"cores": available_cores(), "load": os.getloadavg()},
    }
    with open(flags.json, "w", encoding="utf-8") as file:
        json.dump(report, file, indent=2)
        file.write("\n")
    for variant in VARIANTS:
        print(variant, {key: value for key, value in report[variant].items() if key != "runs"})


if __name__ == "__main__":
    main()
