"""The peer of `uniad serve`: the same model in PyTorch behind FastAPI, as its tutorial has it.

    pip install fastapi uvicorn pillow torch
    python serve.py [--port 8200] [--variant pytorch-sdpa] [--weights tf_efficientnetv2_b0.safetensors]

The endpoint is a plain function, which FastAPI runs in its pool of threads, one picture at a time for each request. The image score is the
maximum of the map after a 16 x 16 average.
"""

import argparse

import torch.nn.functional as F
import uvicorn
from fastapi import Body, FastAPI

from measure import build_predictor


def main():
    parser = argparse.ArgumentParser(description="The peer of `uniad serve`.")
    parser.add_argument("--port", type=int, default=8200)
    parser.add_argument("--variant", default="pytorch-sdpa")
    parser.add_argument("--weights", metavar="FILE", help="EfficientNetV2-B0's weights (default: random)")
    flags = parser.parse_args()
    predict = build_predictor(flags.variant, flags.weights)
    app = FastAPI()

    @app.post("/predict")
    def answer(picture: bytes = Body(media_type="application/octet-stream")):
        return {"score": F.avg_pool2d(predict(picture), 16, stride=1).max().item()}

    uvicorn.run(app, port=flags.port, log_level="warning")


if __name__ == "__main__":
    main()
