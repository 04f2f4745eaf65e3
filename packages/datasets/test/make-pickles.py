"""Writes pickles.json: batches of CIFAR-10's Python form as numpy pickles them in each protocol, deflated.

Usage: python make-pickles.py, with numpy. Python 2, which wrote the official files, is imitated by the test.
"""
import base64
import json
import pathlib
import pickle
import zlib

import numpy as np

records, width = 5, 3072
data = (np.arange(records * width) % 251).astype(np.uint8).reshape(records, width)
batch = {"batch_label": "testing batch 1 of 1", "labels": [3, 0, 9, 3, 5], "data": data, "filenames": list("abcde")}
wrong = {
    "by columns": {**batch, "data": np.asfortranarray(data)},
    "of another type": {**batch, "data": data.astype(np.int16)},
    "of another shape": {**batch, "data": data.reshape(records * 2, -1)},
    "with too few labels": {**batch, "labels": [1, 2]},
    "without data": {"labels": [1]},
    "a list": [1, 2, 3],
}


def packed(value, protocol):
    return base64.b64encode(zlib.compress(pickle.dumps(value, protocol), 9)).decode()


entries = {
    "right": [{"name": f"protocol {protocol}", "file": packed(batch, protocol)} for protocol in (3, 4, 5)],
    "wrong": [{"name": name, "file": packed(value, 4)} for name, value in wrong.items()],
}
pathlib.Path(__file__).with_name("pickles.json").write_text(json.dumps(entries, indent=2) + "\n")
