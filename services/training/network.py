"""The encoder in torch: a BERT of a few layers, a casing embedding and two heads."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from services.enrichment.labels import POLARITIES, TAGS
from services.enrichment.models.casing import CASINGS
from services.training.shape import Shape

EMBEDDING_NAMES: Final = ("words.", "positions.", "casings.", "norm.")
"""Beginnings of the names of the embeddings' arrays."""

DROPOUT: Final = 0.1
"""Dropout of BERT."""

SENTIMENT_WIDTH: Final = 128
"""Width of the sentiment head's hidden layer: small, so that the head takes little time next to the encoder."""

EPSILON: Final = 1e-12
"""Epsilon of BERT's LayerNorm."""

ACTIVATIONS: Final = {"gelu": functional.gelu, "relu": functional.relu}

PADDING_SCORE: Final = -1e4
"""Number added to the scores of padding: they are 0 after the softmax, without an infinity in bfloat16."""


class Layer(nn.Module):  # type: ignore[misc, unused-ignore]
    """One transformer layer, with the norm after the residual."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.activate = ACTIVATIONS[shape.activation]
        self.qkv = nn.Linear(shape.width, 3 * shape.width)
        self.attention_out = nn.Linear(shape.width, shape.width)
        self.attention_norm = nn.LayerNorm(shape.width, eps=EPSILON)
        self.intermediate = nn.Linear(shape.width, shape.intermediate)
        self.output = nn.Linear(shape.intermediate, shape.width)
        self.output_norm = nn.LayerNorm(shape.width, eps=EPSILON)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Read `hidden` (rows, pieces, width); `mask` (rows x heads, pieces, pieces) is added to the scores."""
        rows, pieces, width = hidden.shape
        qkv = self.qkv(hidden).view(rows, pieces, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).reshape(3, rows * self.heads, pieces, -1)
        # Written out, because on a CPU the backward pass of torch's fused kernel is much slower.
        scores = torch.baddbmm(mask.to(query.dtype), query, key.transpose(1, 2), alpha=query.shape[-1] ** -0.5)
        mixed = torch.bmm(scores.softmax(-1).to(value.dtype), value)
        mixed = mixed.view(rows, self.heads, pieces, -1).transpose(1, 2).reshape(rows, pieces, width)
        hidden = self.attention_norm(hidden + self.dropout(self.attention_out(mixed)))
        inner = self.activate(self.intermediate(hidden))
        return self.output_norm(hidden + self.dropout(self.output(inner)))


class Network(nn.Module):  # type: ignore[misc, unused-ignore]
    """The network from pieces to hidden states; the caller selects the states on which the heads are called."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.words = nn.Embedding(shape.vocabulary, shape.width)
        self.positions = nn.Embedding(shape.positions, shape.width)
        self.casings = nn.Embedding(CASINGS, shape.width)
        nn.init.zeros_(self.casings.weight)  # so that the network starts as the unchanged base model
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
        attention_mask = self._build_attention_mask(mask, hidden.dtype)
        for layer in self.layers:
            hidden = layer(hidden, attention_mask)
        return hidden

    def _build_attention_mask(self, mask: Tensor, kind: torch.dtype) -> Tensor:
        """Return the numbers to add to attention scores, so that no piece attends to padding."""
        rows, pieces = mask.shape
        penalty = torch.zeros(mask.shape, dtype=kind, device=mask.device).masked_fill(~mask, PADDING_SCORE)
        spread = penalty[:, None, None, :].expand(rows, self.shape.heads, pieces, pieces)
        return spread.reshape(rows * self.shape.heads, pieces, pieces)

    def tag(self, heads: Tensor) -> Tensor:
        """Return tag logits from the hidden states of words' first pieces (words, width)."""
        return self.tag_head(self.dropout(heads))

    def judge(self, spans: Tensor, firsts: Tensor) -> Tensor:
        """Return polarity logits from span means joined with the first pieces of their sentences."""
        joined = self.dropout(torch.cat([spans, firsts], dim=-1))
        return self.sentiment_outer(self.dropout(torch.tanh(self.sentiment_inner(joined))))


def freeze(network: nn.Module, names: tuple[str, ...]) -> None:
    """Leave the parameters whose names begin with one of `names` as they are in training."""
    for name, parameter in network.named_parameters():
        if name.startswith(names):
            parameter.requires_grad_(False)


def load_base(network: Network, path: Path) -> None:
    """Copy a BERT from a safetensors file into the encoder; the heads stay as they are.

    The embedding of token type 0 is added to the positions, because every piece here has this type.
    """
    source = {name.removeprefix("bert."): tensor for name, tensor in load_file(path).items()}
    target = network.state_dict()

    def copy(name: str, tensor: Tensor) -> None:
        if target[name].shape != tensor.shape:
            raise ValueError(
                f"{path}: {name} has the shape {tuple(tensor.shape)} instead of {tuple(target[name].shape)}"
            )
        target[name] = tensor.float()

    embeddings = "embeddings."
    copy("words.weight", source[embeddings + "word_embeddings.weight"])
    types = source[embeddings + "token_type_embeddings.weight"]
    copy("positions.weight", source[embeddings + "position_embeddings.weight"] + types[0])
    for kind in ("weight", "bias"):
        copy(f"norm.{kind}", source[f"{embeddings}LayerNorm.{kind}"])
        for index in range(network.shape.layers):
            for ours, tensor in _read_layer(source, f"encoder.layer.{index}.", kind).items():
                copy(f"layers.{index}.{ours}.{kind}", tensor)
    network.load_state_dict(target)


def _read_layer(source: dict[str, Tensor], prefix: str, kind: str) -> dict[str, Tensor]:
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
