"""Writes fixtures/timm.json: what timm's networks give with weights generated from names (test/golden.ts has the same generator).

    python3 -m venv venv && venv/bin/pip install timm==1.0.31 torch==2.13.0 && venv/bin/python packages/backbones/test/timm_figures.py
"""
import json
import math
from pathlib import Path

import numpy
import torch

# timm only imports torchvision, whose own operators may be missing when it was built for another torch.
register_fake = torch.library.register_fake
torch.library.register_fake = lambda op, *args, **settings: (
    (lambda function: function) if str(op).startswith('torchvision::') else register_fake(op, *args, **settings)
)
import timm  # noqa: E402

FEATURES = [
    'tf_efficientnet_b2', 'tf_efficientnet_b6',
    *[f'tf_efficientnet_lite{size}' for size in range(5)],
    *[f'tf_efficientnetv2_{size}' for size in ('b0', 'b1', 'b2', 'b3', 's', 'm', 'l')],
    'resnet26', 'resnet34', 'resnet101',
]  # fmt: skip
TRAINING = {'tf_efficientnet_b0': 3, 'tf_efficientnet_lite0': 3, 'tf_efficientnetv2_b0': 4, 'resnet18': 2, 'resnet26': 2}
SIZE = 64
SAMPLES = 16


def uniform(name: str, size: int) -> numpy.ndarray:
    """mulberry32 in [-1, 1), seeded with the FNV-1a hash of the name."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    with numpy.errstate(over='ignore'):
        a = numpy.uint32(seed) + numpy.arange(1, size + 1, dtype=numpy.uint32) * numpy.uint32(0x6D2B79F5)
        t = (a ^ (a >> 15)) * (a | 1)
        t = t ^ (t + (t ^ (t >> 7)) * (t | 61))
        t = t ^ (t >> 14)
    return t.astype(numpy.float64) / 2**32 * 2 - 1


def parameter(path: str, shape: torch.Size) -> torch.Tensor:
    u = uniform(path, math.prod(shape))
    if path.endswith('running_var'):
        values = 1 + 0.25 * (u + 1)
    elif path.endswith('running_mean') or (len(shape) == 1 and not path.endswith('weight')):
        values = 0.1 * u
    elif len(shape) == 1:
        values = 1 + 0.1 * u
    else:
        values = u * math.sqrt(3 / math.prod(shape[1:]))
    return torch.from_numpy(values.astype(numpy.float32)).reshape(shape)


def network(name: str) -> torch.nn.Module:
    model = timm.create_model(name)
    for path, tensor in model.state_dict().items():
        if not path.endswith('num_batches_tracked'):
            tensor.copy_(parameter(f'{name}/{path}', tensor.shape))
    return model


def maps(model: torch.nn.Module, x: torch.Tensor) -> list[torch.Tensor]:
    """The last map of each stage; of a ResNet timm gives the stem's too, which is no stage."""
    found = model.forward_intermediates(x, intermediates_only=True)
    return found[1:] if hasattr(model, 'layer1') else found


def images(batch: int, size: int) -> torch.Tensor:
    u = uniform('input', batch * 3 * size * size)
    return torch.from_numpy((1.5 * u).astype(numpy.float32)).reshape(batch, 3, size, size)


def summary(tensor: torch.Tensor) -> dict:
    flat = tensor.detach().double().flatten()
    index = numpy.linspace(0, flat.numel() - 1, SAMPLES).astype(int).tolist()
    return {
        'shape': list(tensor.shape),
        'mean': flat.mean().item(),
        'std': flat.std(unbiased=False).item(),
        'l2': flat.norm().item(),
        'index': index,
        'value': flat[index].tolist(),
    }


def features(name: str) -> dict:
    model = network(name).eval()
    products = 0

    def count(convolution: torch.nn.Conv2d, _, y: torch.Tensor) -> None:
        nonlocal products
        products += y[0, 0].numel() * convolution.weight.numel()

    convolutions = [module for module in model.modules() if isinstance(module, torch.nn.Conv2d)]
    for convolution in convolutions:
        convolution.register_forward_hook(count)
    with torch.inference_mode():
        stages = maps(model, images(1, SIZE))
    return {
        'backbone': name,
        'parameters': sum(p.numel() for p in model.parameters()),
        'multiplyAdds': products,
        'stages': [{'stage': i + 1, **summary(stage)} for i, stage in enumerate(stages)],
    }


def training(name: str, stages: int) -> dict:
    """Gradients of the sum over the stages of mean(map * uniform('loss/STAGE')), and the buffers afterwards."""
    model = network(name).train()
    found = maps(model, images(2, 32))[:stages]
    weights = [torch.from_numpy(uniform(f'loss/{i + 1}', y.numel()).astype(numpy.float32)) for i, y in enumerate(found)]
    loss = sum((y * w.reshape(y.shape)).mean() for y, w in zip(found, weights, strict=True))
    loss.backward()
    short = lambda tensor: [tensor.double().norm().item(), *tensor.flatten()[:3].tolist()]  # noqa: E731
    used = {path: p.grad for path, p in model.named_parameters() if p.grad is not None}
    norms = {path.rpartition('.')[0] for path in used}
    buffers = {
        path: short(buffer)
        for path, buffer in model.named_buffers()
        if path.rpartition('.')[0] in norms and not path.endswith('num_batches_tracked')
    }
    gradients = {path: short(gradient) for path, gradient in used.items()}
    return {'backbone': name, 'stages': stages, 'loss': loss.item(), 'gradients': gradients, 'buffers': buffers}


def main() -> None:
    torch.use_deterministic_algorithms(True)
    result = {
        'made_by': f'test/timm_figures.py with timm {timm.__version__}, torch {torch.__version__}',
        'size': SIZE,
        'features': [features(name) for name in FEATURES],
        'training': [training(name, stages) for name, stages in TRAINING.items()],
    }
    text = json.dumps(result, separators=(',', ':'), default=float)
    # A short fixture: seven digits are more than float32 has.
    rounded = json.loads(text, parse_float=lambda digits: float(f'{float(digits):.7g}'))
    lines = [json.dumps(entry) for entry in rounded['features']]
    trained = [json.dumps(entry) for entry in rounded['training']]
    head = f'"made_by": {json.dumps(rounded["made_by"])}, "size": {SIZE}'
    comma = ',\n    '
    (Path(__file__).parent / 'fixtures' / 'timm.json').write_text(
        f'{{\n  {head},\n  "features": [\n    {comma.join(lines)}\n  ],\n  "training": [\n    {comma.join(trained)}\n  ]\n}}\n'
    )


if __name__ == '__main__':
    main()
