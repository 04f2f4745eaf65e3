"""Writes fixtures/anomalib.json: what anomalib's own PatchCore and PaDiM make of features that both sides generate by name.

    pip install anomalib==2.7.0 && python anomalib_methods.py

Features are 2 u, u from the generator of the golden numbers (uniform in ../golden.ts), in PyTorch's order (NCHW). The backbones
are replaced by a stand-in that hands out those features; everything else is anomalib's code.
"""

import json
from pathlib import Path

import anomalib
import numpy as np
import torch
from anomalib.models.components import KCenterGreedy
from anomalib.models.image.padim.torch_model import PadimModel
from anomalib.models.image.patchcore.torch_model import PatchcoreModel

SIDE = 40  # pixels; the smoothing reaches 16
TRAIN, TEST = 20, 3


def uniform(name, n):
    state = 0x811C9DC5
    for byte in name.encode():
        state = ((state ^ byte) * 0x01000193) & 0xFFFFFFFF
    i = np.arange(1, n + 1, dtype=np.uint64)
    mask = np.uint64(0xFFFFFFFF)
    a = (np.uint64(state) + i * np.uint64(0x6D2B79F5)) & mask
    t = ((a ^ (a >> np.uint64(15))) * (a | np.uint64(1))) & mask
    t = t ^ ((t + (((t ^ (t >> np.uint64(7))) * (t | np.uint64(61))) & mask)) & mask)
    return ((t ^ (t >> np.uint64(14))) / 2**32) * 2 - 1


def features(name, shape):
    return torch.tensor(2 * uniform(name, int(np.prod(shape))).reshape(shape), dtype=torch.float32)


class StandIn(torch.nn.Module):
    def __init__(self, maps):
        super().__init__()
        self.maps = maps

    def forward(self, _):
        return dict(self.maps)


def summary(tensor, every):
    return {'shape': list(tensor.shape), 'every': every, 'value': tensor.detach().flatten()[::every].tolist()}


def stages(method, split, pictures, shapes):
    return {f'layer{layer}': features(f'{method} {split} layer{layer}', (pictures, *shape)) for layer, shape in shapes.items()}


def patchcore():
    shapes = {2: (6, 8, 8), 3: (10, 4, 4)}
    model = PatchcoreModel(layers=['layer2', 'layer3'], backbone='resnet18', pre_trained=False, num_neighbors=9)
    picture = torch.zeros(1, 3, SIDE, SIDE)
    model.train()
    model.feature_extractor = StandIn(stages('patchcore', 'train', 4, shapes))
    bank = model(picture)
    model.subsample_embedding(1.0)
    model.eval()
    model.feature_extractor = StandIn(stages('patchcore', 'test', TEST, shapes))
    output = model(picture)
    pooled = {name: model.feature_pooler(stage) for name, stage in model.feature_extractor.maps.items()}
    embedding = model.generate_embedding(pooled)
    distances, _ = model.nearest_neighbors(model.reshape_embedding(embedding), 1)
    # Three axes keep it from projecting first.
    chosen = KCenterGreedy(bank.unsqueeze(-1), 0.25).select_coreset_idxs()
    return {
        'shapes': shapes,
        'train': 4,
        'test': TEST,
        'embedding': summary(embedding, 37),
        'distance': summary(distances.reshape(TEST, 8, 8), 1),
        'score': output.pred_score.flatten().tolist(),
        'coreset': chosen,
    }


def padim():
    shapes = {1: (6, 8, 8), 2: (8, 8, 8), 3: (10, 8, 8)}
    model = PadimModel(layers=['layer1', 'layer2', 'layer3'], backbone='resnet18', pre_trained=False, n_features=12)
    model.idx = torch.arange(0, 24, 2)
    picture = torch.zeros(1, 3, SIDE, SIDE)
    model.train()
    model.feature_extractor = StandIn(stages('padim', 'train', TRAIN, shapes))
    model(picture)
    model.fit()
    model.eval()
    model.feature_extractor = StandIn(stages('padim', 'test', TEST, shapes))
    output = model(picture)
    return {
        'shapes': shapes,
        'train': TRAIN,
        'test': TEST,
        'channels': model.idx.tolist(),
        'mean': summary(model.gaussian.mean, 31),
        'inverseCovariance': summary(model.gaussian.inv_covariance, 331),
        'map': summary(output.anomaly_map.squeeze(1), 53),
        'score': output.pred_score.flatten().tolist(),
    }


if __name__ == '__main__':
    torch.manual_seed(0)
    figures = {'anomalib': anomalib.__version__, 'imageSize': SIDE, 'patchcore': patchcore(), 'padim': padim()}
    rounded = json.loads(json.dumps(figures), parse_float=lambda text: float(f'{float(text):.7g}'))
    Path(__file__).with_name('fixtures').joinpath('anomalib.json').write_text(json.dumps(rounded) + '\n')
