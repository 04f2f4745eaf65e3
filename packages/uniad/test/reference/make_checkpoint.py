"""Writes a checkpoint as the authors' implementation names its tensors, small and untrained: `python make_checkpoint.py` (PyTorch 2.13)."""
import base64, io, json, pathlib, sys, types
import torch

torch.manual_seed(0)
channels, hidden, feed_forward, rows, columns = 64, 8, 16, 4, 4
state = {}


def put(name, *shape):
    state[f"module.reconstruction.{name}"] = torch.randn(*shape) * 0.1


def attention(name):
    put(f"{name}.in_proj_weight", 3 * hidden, hidden)
    put(f"{name}.in_proj_bias", 3 * hidden)
    put(f"{name}.out_proj.weight", hidden, hidden)
    put(f"{name}.out_proj.bias", hidden)


def rest(name, norms):
    put(f"{name}.linear1.weight", feed_forward, hidden)
    put(f"{name}.linear1.bias", feed_forward)
    put(f"{name}.linear2.weight", hidden, feed_forward)
    put(f"{name}.linear2.bias", hidden)
    for i in range(norms):
        put(f"{name}.norm{i + 1}.weight", hidden)
        put(f"{name}.norm{i + 1}.bias", hidden)


put("pos_embed.row_embed.weight", rows, hidden // 2)
put("pos_embed.col_embed.weight", columns, hidden // 2)
attention("transformer.encoder.layers.0.self_attn")
rest("transformer.encoder.layers.0", 2)
put("transformer.decoder.layers.0.learned_embed.weight", rows * columns, hidden)
attention("transformer.decoder.layers.0.self_attn")
attention("transformer.decoder.layers.0.multihead_attn")
rest("transformer.decoder.layers.0", 3)
put("transformer.decoder.norm.weight", hidden)
put("transformer.decoder.norm.bias", hidden)
put("input_proj.weight", hidden, channels)
put("input_proj.bias", hidden)
put("output_proj.weight", channels, hidden)
put("output_proj.bias", channels)



class EasyDict(dict):
    """Is saved as that of the package `easydict`: by its items, and by its attributes, which are the same."""

    __module__ = "easydict"

    def __init__(self, given):
        self.__dict__.update({name: easy(value) for name, value in given.items()})
        super().__init__(self.__dict__)


def easy(value):
    if isinstance(value, dict):
        return EasyDict(value)
    return [easy(one) for one in value] if isinstance(value, list) else value


EasyDict.__qualname__ = "EasyDict"
sys.modules["easydict"] = types.SimpleNamespace(EasyDict=EasyDict)
backbone = {"pretrained": True, "outlayers": [1], "outstrides": [4]}
network = {
    "pos_embed_type": "learned",
    "hidden_dim": hidden,
    "nhead": 2,
    "num_encoder_layers": 1,
    "num_decoder_layers": 1,
    "dim_feedforward": feed_forward,
    "dropout": 0.05,
    "activation": "gelu",
    "normalize_before": False,
    "feature_jitter": {"scale": 15.0, "prob": 0.5},
    "neighbor_mask": {"neighbor_size": [3, 5], "mask": [True, False, True]},
    "save_recon": {"save_dir": "result_recon"},
    "initializer": {"method": "xavier_uniform"},
    "feature_size": [rows, columns],
}
arch = [
    {"name": "backbone", "type": "models.backbones.resnet18", "frozen": True, "kwargs": backbone},
    {"name": "neck", "prev": "backbone", "type": "models.necks.MFCN", "kwargs": {"outstrides": [8], "outplanes": [channels]}},
    {"name": "reconstruction", "prev": "neck", "type": "models.reconstructions.UniAD", "kwargs": network},
]
fixtures = {}
for key, part in {"file": [{"name": "reconstruction"}], "with_arch": easy(arch)}.items():
    buffer = io.BytesIO()
    torch.save({"epoch": 3, "arch": part, "state_dict": state, "best_metric": 0.5}, buffer)
    fixtures[key] = base64.b64encode(buffer.getvalue()).decode()
path = pathlib.Path(__file__).parent / "fixtures" / "checkpoint.json"
path.write_text(json.dumps(fixtures) + "\n")
