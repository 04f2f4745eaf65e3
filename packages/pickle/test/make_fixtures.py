"""Writes the files of PyTorch that the tests read, with what is in them: `python make_fixtures.py` (PyTorch 2.13)."""
import base64, collections, copyreg, io, json, os, pathlib, pickle, types
import torch

torch.manual_seed(0)
base = torch.arange(24, dtype=torch.float32).reshape(4, 6)


class Runs:
    """What a pickle must never do."""

    def __reduce__(self):
        return os.system, ("true",)


layer = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
optimizer = torch.optim.AdamW(layer.parameters())
layer(torch.randn(4, 3)).sum().backward()
optimizer.step()
states = {
    "checkpoint": {
        "epoch": 7,
        "arch": [{"name": "reconstruction", "kwargs": {"lr": 0.5, "big": 2**40}}],
        "state_dict": collections.OrderedDict((f"module.{k}", v) for k, v in layer.state_dict().items()),
        "best_metric": 0.25,
        "optimizer": optimizer.state_dict(),
    },
    "types": {
        "half": base.half() / 3,
        "bfloat16": base.bfloat16() / 3,
        "double": base.double() / 3,
        "long": -base.long(),
        "bool": base > 5,
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
    },
    "beside": {"best_metric": torch.tensor(0.5), "net": {"state_dict": {"w": base[0]}}, "model": None},
    "views": {"whole": base, "transposed": base.t(), "part": base[1:3, ::2], "parameter": torch.nn.Parameter(base[2])},
}


def saved(value, new):
    buffer = io.BytesIO()
    torch.save(value, buffer, _use_new_zipfile_serialization=new)
    return base64.b64encode(buffer.getvalue()).decode()


def expected(state):
    state = state.get("net", state)
    state = state.get("state_dict", state)
    return {k: {"shape": list(v.shape), "data": v.detach().float().flatten().tolist()} for k, v in state.items()}


cases = {name: {"zip": saved(s, True), "legacy": saved(s, False), "tensors": expected(s)} for name, s in states.items()}
cases["runs"] = {"zip": saved({"w": base, "x": Runs()}, True), "legacy": saved({"w": base, "x": Runs()}, False)}


class OldPickler(pickle.Pickler):
    """Reduces as PyTorch did in its first years, on Python 2, when torchvision's first files were written."""

    def reducer_override(self, value):
        if isinstance(value, torch.nn.Parameter) and value.ndim == 1:  # the very first: made of nothing, then told all
            state = value.data, None, collections.OrderedDict(), value.requires_grad, False
            return copyreg.__newobj__, (torch.nn.Parameter,), state
        if isinstance(value, torch.nn.Parameter):
            return torch.nn.Parameter, (value.data,), (value.requires_grad, False, collections.OrderedDict())
        if isinstance(value, torch.Tensor):
            where = value._typed_storage(), value.storage_offset(), tuple(value.size()), value.stride()
            return torch._utils._rebuild_tensor, where
        if isinstance(value, collections.OrderedDict):
            return collections.OrderedDict, ([[k, v] for k, v in value.items()],)
        return NotImplemented


buffer = io.BytesIO()
old = collections.OrderedDict(weight=torch.nn.Parameter(base), running_mean=base[1], bias=torch.nn.Parameter(base[0]))
module = types.SimpleNamespace(**{**vars(pickle), "Pickler": OldPickler})
torch.save(old, buffer, pickle_module=module, _use_new_zipfile_serialization=False)
again = torch.load(io.BytesIO(buffer.getvalue()), weights_only=False)
assert list(again) == list(old) and all(torch.equal(again[k], old[k]) for k in old)
cases["old"] = {"legacy": base64.b64encode(buffer.getvalue()).decode(), "tensors": expected(old)}
path = pathlib.Path(__file__).parent / "fixtures" / "torch.json"
path.write_text(json.dumps(cases) + "\n")
