"""EfficientNetV2-B0 as a feature extractor, with timm's parameter names and TensorFlow's 'same' padding."""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

# Of every stage: kind of block, channels, blocks, stride of the first, expansion, share squeezed.
STAGES = (
    ("plain", 16, 1, 1, 1, 0),
    ("fused", 32, 2, 2, 4, 0),
    ("fused", 48, 2, 2, 4, 0),
    ("inverted", 96, 3, 2, 4, 0.25),
    ("inverted", 112, 5, 1, 6, 0.25),
    ("inverted", 192, 8, 2, 6, 0.25),
)
# UniAD's stages 1 to 4: the last block of every resolution at strides 2, 4, 8 and 16.
FEATURE_STAGES = (0, 1, 2, 4)
CHANNELS = sum(STAGES[stage][1] for stage in FEATURE_STAGES)


class SameConv(nn.Conv2d):
    """Convolution padded as TensorFlow pads: the odd pixel goes to the right and the bottom."""

    def __init__(self, in_channels, out_channels, kernel=1, stride=1, groups=1, bias=False):
        # At stride 1 the padding is even on both sides, and the convolution can pad by itself.
        padding = (kernel - 1) // 2 if stride == 1 else 0
        super().__init__(in_channels, out_channels, kernel, stride, padding, groups=groups, bias=bias)

    def forward(self, x):
        kernel, stride = self.kernel_size[0], self.stride[0]
        if stride > 1:
            height, width = (max((math.ceil(n / stride) - 1) * stride + kernel - n, 0) for n in x.shape[2:])
            x = F.pad(x, (width // 2, width - width // 2, height // 2, height - height // 2))
        return super().forward(x)


def batch_norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3)


class PlainBlock(nn.Module):
    def __init__(self, inside, outside, stride, expansion, squeeze):
        super().__init__()
        self.conv, self.bn1 = SameConv(inside, outside, 3, stride), batch_norm(outside)

    def forward(self, x):
        return F.silu(self.bn1(self.conv(x)), inplace=True)


class FusedBlock(nn.Module):
    def __init__(self, inside, outside, stride, expansion, squeeze):
        super().__init__()
        wide = inside * expansion
        self.conv_exp, self.bn1 = SameConv(inside, wide, 3, stride), batch_norm(wide)
        self.conv_pwl, self.bn2 = SameConv(wide, outside), batch_norm(outside)
        self.residual = stride == 1 and inside == outside

    def forward(self, x):
        y = F.silu(self.bn1(self.conv_exp(x)), inplace=True)
        y = self.bn2(self.conv_pwl(y))
        return x + y if self.residual else y


class SqueezeExcite(nn.Module):
    def __init__(self, channels, squeezed):
        super().__init__()
        self.conv_reduce = SameConv(channels, squeezed, bias=True)
        self.conv_expand = SameConv(squeezed, channels, bias=True)

    def forward(self, x):
        y = F.silu(self.conv_reduce(x.mean((2, 3), keepdim=True)), inplace=True)
        return x * self.conv_expand(y).sigmoid()


class InvertedBlock(nn.Module):
    def __init__(self, inside, outside, stride, expansion, squeeze):
        super().__init__()
        wide = inside * expansion
        self.conv_pw, self.bn1 = SameConv(inside, wide), batch_norm(wide)
        self.conv_dw, self.bn2 = SameConv(wide, wide, 3, stride, groups=wide), batch_norm(wide)
        self.se = SqueezeExcite(wide, round(inside * squeeze))
        self.conv_pwl, self.bn3 = SameConv(wide, outside), batch_norm(outside)
        self.residual = stride == 1 and inside == outside

    def forward(self, x):
        y = F.silu(self.bn1(self.conv_pw(x)), inplace=True)
        y = F.silu(self.bn2(self.conv_dw(y)), inplace=True)
        y = self.bn3(self.conv_pwl(self.se(y)))
        return x + y if self.residual else y


BLOCKS = {"plain": PlainBlock, "fused": FusedBlock, "inverted": InvertedBlock}


class EfficientNetV2B0(nn.Module):
    """Pictures [B, 3, H, W] to the feature maps of its first stages, one for each."""

    def __init__(self, stages=len(STAGES)):
        super().__init__()
        self.conv_stem, self.bn1 = SameConv(3, 32, 3, 2), batch_norm(32)
        self.blocks = nn.ModuleList()
        inside = 32
        for kind, outside, count, stride, expansion, squeeze in STAGES[:stages]:
            blocks = nn.Sequential()
            for i in range(count):
                blocks.append(BLOCKS[kind](inside, outside, stride if i == 0 else 1, expansion, squeeze))
                inside = outside
            self.blocks.append(blocks)

    def forward(self, pictures):
        x = F.silu(self.bn1(self.conv_stem(pictures)), inplace=True)
        maps = []
        for stage in self.blocks:
            x = stage(x)
            maps.append(x)
        return maps


def load_weights(network, path):
    """Loads float32 safetensors; the file may hold more stages than the network, never fewer."""
    content = Path(path).read_bytes()
    data_start = 8 + int.from_bytes(content[:8], "little")
    state = {}
    for name, entry in json.loads(content[8:data_start]).items():
        if name == "__metadata__":
            continue
        if entry["dtype"] != "F32":
            raise ValueError(f"Expected F32 for {name} in {path} but received {entry['dtype']}")
        start, end = entry["data_offsets"]
        values = torch.frombuffer(bytearray(content[data_start + start : data_start + end]), dtype=torch.float32)
        state[name] = values.reshape(entry["shape"])
    missing, _ = network.load_state_dict(state, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing:
        raise ValueError(f"Expected {missing[0]} and {len(missing) - 1} others in {path}, which are not there")


class FeatureExtractor(nn.Module):
    """Stages 1 to 4, each resized to the feature size and concatenated: [B, 208, H, W] (section 3.3)."""

    def __init__(self, feature_size):
        super().__init__()
        self.backbone = EfficientNetV2B0(FEATURE_STAGES[-1] + 1)
        self.feature_size = feature_size

    def forward(self, pictures):
        maps = self.backbone(pictures)
        return torch.cat(
            [
                F.interpolate(maps[stage], size=self.feature_size, mode="bilinear", align_corners=True)
                for stage in FEATURE_STAGES
            ],
            dim=1,
        )
