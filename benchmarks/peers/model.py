"""UniAD (You et al., NeurIPS 2022) written from the paper with PyTorch's own layers.

Parameter names are those of the official state dict. The paper leaves a few things open, decided as the official
code decides them: post-norm layers, position embeddings on queries and keys only, and in a decoder layer the query
embedding attends to the encoder's output first (design (a) of Fig. A1). The masks are computed once rather than at
every forward pass, in PyTorch's favour. T = H * W tokens, B = batch, C = hidden_dim.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass(frozen=True)
class Config:
    """The paper's model for MVTec-AD (section 4.2)."""

    in_channels: int = 272
    feature_size: tuple = (14, 14)
    hidden_dim: int = 256
    heads: int = 8
    feedforward_dim: int = 1024
    encoder_layers: int = 4
    decoder_layers: int = 4
    neighbor_size: tuple = (7, 7)
    mask: tuple = (True, True, True)  # encoder, first and second attention of the decoder
    pos_embed: str = "learned"
    dropout: float = 0.1
    jitter_scale: float = 20.0
    jitter_probability: float = 1.0


class SdpaAttention(nn.MultiheadAttention):
    """The parameters and result of nn.MultiheadAttention through scaled_dot_product_attention, on [B, T, C]."""

    def forward(self, query, key, value, attn_mask=None, need_weights=False):
        weights, biases = self.in_proj_weight.chunk(3), self.in_proj_bias.chunk(3)
        heads = [
            F.linear(x, w, b).unflatten(-1, (self.num_heads, self.head_dim)).transpose(1, 2)  # [B, heads, T, d]
            for x, w, b in zip((query, key, value), weights, biases)
        ]
        dropout = self.dropout if self.training else 0.0
        out = F.scaled_dot_product_attention(*heads, attn_mask=attn_mask, dropout_p=dropout)
        return self.out_proj(out.transpose(1, 2).flatten(2)), None


# Of every variant: its attention, and the axis of the batch in its tokens: the official code's [T, B, C], and [B, T, C],
# which scaled_dot_product_attention runs through faster.
VARIANTS = {"pytorch": (nn.MultiheadAttention, 1), "pytorch-sdpa": (SdpaAttention, 0)}


class EncoderLayer(nn.Module):
    """Neighbor masked encoder layer (section 3.2)."""

    def __init__(self, config, attention):
        super().__init__()
        dim = config.hidden_dim
        self.self_attn = attention(dim, config.heads, dropout=config.dropout)
        self.linear1 = nn.Linear(dim, config.feedforward_dim)
        self.linear2 = nn.Linear(config.feedforward_dim, dim)
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x, position, mask):
        at = x + position
        x = self.norm1(x + self.dropout(self.self_attn(at, at, x, attn_mask=mask, need_weights=True)[0]))
        hidden = self.dropout(F.relu(self.linear1(x)))
        return self.norm2(x + self.dropout(self.linear2(hidden)))


class DecoderLayer(nn.Module):
    """Layer-wise query decoder layer (section 3.2): a learned query for every token in every layer."""

    def __init__(self, config, attention):
        super().__init__()
        dim = config.hidden_dim
        self.learned_embed = nn.Embedding(math.prod(config.feature_size), dim)
        self.self_attn = attention(dim, config.heads, dropout=config.dropout)
        self.multihead_attn = attention(dim, config.heads, dropout=config.dropout)
        self.linear1 = nn.Linear(dim, config.feedforward_dim)
        self.linear2 = nn.Linear(config.feedforward_dim, dim)
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(dim), nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, previous, memory, position, memory_mask, previous_mask):
        query = self.learned_embed.weight.view(position.shape).expand_as(memory)
        found, _ = self.self_attn(
            query + position, memory + position, memory, attn_mask=memory_mask, need_weights=True
        )
        x = self.norm1(query + self.dropout(found))
        found, _ = self.multihead_attn(
            x + position, previous + position, previous, attn_mask=previous_mask, need_weights=True
        )
        x = self.norm2(x + self.dropout(found))
        hidden = self.dropout(F.relu(self.linear1(x)))
        return self.norm3(x + self.dropout(self.linear2(hidden)))


class Encoder(nn.Module):
    def __init__(self, config, attention):
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(config, attention) for _ in range(config.encoder_layers))


class Decoder(nn.Module):
    def __init__(self, config, attention):
        super().__init__()
        self.layers = nn.ModuleList(DecoderLayer(config, attention) for _ in range(config.decoder_layers))
        self.norm = nn.LayerNorm(config.hidden_dim)


class Transformer(nn.Module):
    def __init__(self, config, attention):
        super().__init__()
        self.encoder = Encoder(config, attention)
        self.decoder = Decoder(config, attention)
        blocked = neighbor_mask(config.feature_size, config.neighbor_size)
        for name, masked in zip(("encoder_mask", "memory_mask", "previous_mask"), config.mask):
            self.register_buffer(name, blocked if masked else None, persistent=False)

    def forward(self, tokens, position):
        memory = tokens
        for layer in self.encoder.layers:
            memory = layer(memory, position, self.encoder_mask)
        out = memory
        for layer in self.decoder.layers:
            out = layer(out, memory, position, self.memory_mask, self.previous_mask)
        return self.decoder.norm(out)


class LearnedPosition(nn.Module):
    """Half of the channels say the column, half the row."""

    def __init__(self, config):
        super().__init__()
        height, width = config.feature_size
        self.row_embed = nn.Embedding(height, config.hidden_dim // 2)
        self.col_embed = nn.Embedding(width, config.hidden_dim // 2)

    def forward(self):
        rows, columns = self.row_embed.weight, self.col_embed.weight
        height, width = len(rows), len(columns)
        grid = (columns.expand(height, -1, -1), rows.unsqueeze(1).expand(-1, width, -1))
        return torch.cat(grid, dim=-1).flatten(0, 1)  # [T, C]


class SinePosition(nn.Module):
    """Sines and cosines of the row, then of the column, both scaled to 0..2 pi (as in DETR)."""

    def __init__(self, config):
        super().__init__()
        height, width = config.feature_size
        half = config.hidden_dim // 2
        frequency = 10000 ** (-2 * torch.arange(half).div(2, rounding_mode="floor") / half)

        def encode(length):
            angle = torch.arange(1, length + 1) / (length + 1e-6) * 2 * math.pi
            phase = angle.unsqueeze(1) * frequency  # [length, C / 2]
            return torch.stack((phase[:, 0::2].sin(), phase[:, 1::2].cos()), dim=2).flatten(1)

        rows = encode(height).unsqueeze(1).expand(-1, width, -1)
        columns = encode(width).expand(height, -1, -1)
        self.register_buffer("grid", torch.cat((rows, columns), dim=-1).flatten(0, 1), persistent=False)

    def forward(self):
        return self.grid


def neighbor_mask(feature_size, neighbor_size):
    """Additive mask [T, T]: -inf where a token would see itself or a neighbor, else 0 (section 3.2, Fig. 5)."""
    height, width = feature_size
    row = torch.arange(height).repeat_interleave(width)
    column = torch.arange(width).repeat(height)
    near_rows = (row[:, None] - row).abs() <= neighbor_size[0] // 2
    near_columns = (column[:, None] - column).abs() <= neighbor_size[1] // 2
    return torch.zeros(len(row), len(row)).masked_fill(near_rows & near_columns, -math.inf)


class UniAD(nn.Module):
    """Reconstructs feature maps [B, C_org, H, W]; in training mode from jittered tokens."""

    def __init__(self, config, variant):
        super().__init__()
        self.config = config
        self.pos_embed = {"learned": LearnedPosition, "sine": SinePosition}[config.pos_embed](config)
        attention, self.batch_axis = VARIANTS[variant]
        self.transformer = Transformer(config, attention)
        self.input_proj = nn.Linear(config.in_channels, config.hidden_dim)
        self.output_proj = nn.Linear(config.hidden_dim, config.in_channels)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2 and "embed" not in name:
                nn.init.xavier_uniform_(parameter)

    def jitter(self, tokens):
        """Gaussian noise of deviation scale * |f| / channels on every token f (equation 3)."""
        if torch.rand(()) > self.config.jitter_probability:
            return tokens
        deviation = self.config.jitter_scale * tokens.norm(dim=-1, keepdim=True) / tokens.shape[-1]
        return tokens + torch.randn_like(tokens) * deviation

    def forward(self, features):
        tokens = features.flatten(2).transpose(1, 2)  # [B, T, C_org]
        tokens = tokens.movedim(0, self.batch_axis)
        if self.training:
            tokens = self.jitter(tokens)
        position = self.pos_embed().unsqueeze(self.batch_axis)  # [T, 1, C] or [1, T, C]
        out = self.output_proj(self.transformer(self.input_proj(tokens), position))
        return out.movedim(self.batch_axis, 0).transpose(1, 2).reshape(features.shape)


def anomaly_map(features, reconstruction, size):
    """L2 norm of the difference over channels (equation 5), upsampled to [B, 1, size, size]."""
    difference = (features - reconstruction).norm(dim=1, keepdim=True)
    return F.interpolate(difference, size=size, mode="bilinear", align_corners=True)


def training_step(model, optimizer, features, clip_norm=0.1):
    """One step on the mean squared error; returns the loss and the gradient's norm before clipping."""
    optimizer.zero_grad()
    loss = F.mse_loss(model(features), features)
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
    optimizer.step()
    return loss.detach(), norm
