"""Writes a checkpoint as the authors' implementation names its tensors, small and untrained: `python make_checkpoint.py` (PyTorch 2.13)."""
import base64, io, json, pathlib
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

buffer = io.BytesIO()
torch.save({"epoch": 3, "arch": [{"name": "reconstruction"}], "state_dict": state, "best_metric": 0.5}, buffer)
path = pathlib.Path(__file__).parent / "fixtures" / "checkpoint.json"
path.write_text(json.dumps({"file": base64.b64encode(buffer.getvalue()).decode()}) + "\n")
