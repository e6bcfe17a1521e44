"""The encoder in torch: a BERT of a few layers, a casing embedding, and two heads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from services.enrichment.labels import POLARITIES, TAGS
from services.enrichment.models.casing import CASINGS

DROPOUT: Final = 0.1
"""BERT's own."""

SENTIMENT_WIDTH: Final = 128
"""Width of the sentiment head's hidden layer; the head must not rival the encoder in time."""

EPSILON: Final = 1e-12
"""BERT's LayerNorm."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Size of a BERT."""

    layers: int
    width: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int


MINILM: Final = Shape(layers=6, width=384, heads=12, intermediate=1536, vocabulary=30522, positions=512)


class Layer(nn.Module):  # type: ignore[misc, unused-ignore]
    """One transformer layer, norm after residual."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.qkv = nn.Linear(shape.width, 3 * shape.width)
        self.attention_out = nn.Linear(shape.width, shape.width)
        self.attention_norm = nn.LayerNorm(shape.width, eps=EPSILON)
        self.intermediate = nn.Linear(shape.width, shape.intermediate)
        self.output = nn.Linear(shape.intermediate, shape.width)
        self.output_norm = nn.LayerNorm(shape.width, eps=EPSILON)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Read `hidden` (rows, pieces, width); `mask` (rows, 1, 1, pieces) is true where a piece is."""
        rows, pieces, width = hidden.shape
        qkv = self.qkv(hidden).view(rows, pieces, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        # No dropout inside attention: with it torch leaves its fused CPU kernel and takes thrice the time.
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        mixed = mixed.transpose(1, 2).reshape(rows, pieces, width)
        hidden = self.attention_norm(hidden + self.dropout(self.attention_out(mixed)))
        inner = functional.gelu(self.intermediate(hidden))
        return self.output_norm(hidden + self.dropout(self.output(inner)))


class Network(nn.Module):  # type: ignore[misc, unused-ignore]
    """Pieces in, hidden states out; the heads are called on what the caller gathers from them."""

    def __init__(self, shape: Shape = MINILM) -> None:
        super().__init__()
        self.shape = shape
        self.words = nn.Embedding(shape.vocabulary, shape.width)
        self.positions = nn.Embedding(shape.positions, shape.width)
        self.casings = nn.Embedding(CASINGS, shape.width)
        nn.init.zeros_(self.casings.weight)  # at the start, the base model unchanged
        self.norm = nn.LayerNorm(shape.width, eps=EPSILON)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.dropout = nn.Dropout(DROPOUT)
        self.tag_head = nn.Linear(shape.width, len(TAGS))
        self.sentiment_inner = nn.Linear(2 * shape.width, SENTIMENT_WIDTH)
        self.sentiment_outer = nn.Linear(SENTIMENT_WIDTH, len(POLARITIES))

    def forward(self, ids: Tensor, casings: Tensor, mask: Tensor) -> Tensor:
        """Return hidden states (rows, pieces, width) of `ids`, `casings` and a boolean `mask`, all (rows, pieces)."""
        places = torch.arange(ids.shape[1], device=ids.device)
        hidden = self.words(ids) + self.positions(places) + self.casings(casings)
        hidden = self.dropout(self.norm(hidden))
        for layer in self.layers:
            hidden = layer(hidden, mask[:, None, None, :])
        return hidden

    def tag(self, heads: Tensor) -> Tensor:
        """Return tag logits of the first pieces of words (words, width)."""
        return self.tag_head(self.dropout(heads))

    def judge(self, spans: Tensor, firsts: Tensor) -> Tensor:
        """Return polarity logits of span means joined with their sentences' first pieces."""
        joined = self.dropout(torch.cat([spans, firsts], dim=-1))
        return self.sentiment_outer(self.dropout(torch.tanh(self.sentiment_inner(joined))))


def load_base(network: Network, path: Path) -> None:
    """Fill the encoder with a BERT from a safetensors file; the heads stay as they are.

    Token types fold into the positions: every piece here is of type 0.
    """
    source = {name.removeprefix("bert."): tensor for name, tensor in load_file(path).items()}
    target = network.state_dict()

    def put(name: str, tensor: Tensor) -> None:
        if target[name].shape != tensor.shape:
            raise ValueError(f"{path}: {name} has shape {tuple(tensor.shape)}, not {tuple(target[name].shape)}")
        target[name] = tensor.float()

    embeddings = "embeddings."
    put("words.weight", source[embeddings + "word_embeddings.weight"])
    types = source[embeddings + "token_type_embeddings.weight"]
    put("positions.weight", source[embeddings + "position_embeddings.weight"] + types[0])
    for kind in ("weight", "bias"):
        put(f"norm.{kind}", source[f"{embeddings}LayerNorm.{kind}"])
        for index in range(network.shape.layers):
            for ours, tensor in _layer_tensors(source, f"encoder.layer.{index}.", kind).items():
                put(f"layers.{index}.{ours}.{kind}", tensor)
    network.load_state_dict(target)


def _layer_tensors(source: dict[str, Tensor], prefix: str, kind: str) -> dict[str, Tensor]:
    attention = prefix + "attention."
    qkv = [source[f"{attention}self.{part}.{kind}"] for part in ("query", "key", "value")]
    return {
        "qkv": torch.cat(qkv),
        "attention_out": source[f"{attention}output.dense.{kind}"],
        "attention_norm": source[f"{attention}output.LayerNorm.{kind}"],
        "intermediate": source[f"{prefix}intermediate.dense.{kind}"],
        "output": source[f"{prefix}output.dense.{kind}"],
        "output_norm": source[f"{prefix}output.LayerNorm.{kind}"],
    }
