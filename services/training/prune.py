"""The step `prune`: a smaller network from a trained one, from which a student starts.

Whole blocks are left out; from the other blocks, the inner neurons and attention heads that contribute least; and from
the width, the directions along which hidden states vary least. A pruned network is a better start than random weights
(Sajjad et al. 2023, arXiv:2004.03844). A neuron's contribution is its mean absolute activation times the length of its
output vector.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import torch
from torch import Tensor

from services.training.batches import Batch
from services.training.network import Layer, Network
from services.training.shape import Shape

SAMPLE_BATCHES: Final = 12
"""Batches over which activations are measured: some 20,000 pieces; more do not change the ranking."""

State = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Importance:
    """Contributions measured on a sample of batches.

    `neurons` is (blocks, neurons) and `heads` (blocks, heads). `directions` (width, width) are the directions of hidden
    states, those of largest variation first.
    """

    neurons: Tensor
    heads: Tensor
    directions: Tensor


def prune_network(source: Network, layers: Sequence[int], shape: Shape, batches: Iterable[Batch]) -> Network:
    """Return a network of `shape` from the blocks `layers` of `source`.

    Raises ValueError when the shape is larger than the source in any way, or when its heads have another width.
    """
    old = source.shape
    if max(layers) >= old.layers or shape.intermediate > old.intermediate or shape.width > old.width:
        raise ValueError(f"blocks {list(layers)} of {shape} do not fit into {old}")
    if shape.width // shape.heads != old.width // old.heads or len(layers) != shape.layers:
        raise ValueError(f"{shape} needs heads of width {old.width // old.heads} and {len(layers)} blocks")
    importance = _measure_importance(source, batches)
    # At full width no direction is rotated, so that the network starts with the same results as its source.
    is_narrower = shape.width < old.width
    basis = importance.directions[:, : shape.width] if is_narrower else torch.eye(old.width)
    state = _prune_ends(source.state_dict(), basis)
    for target, layer in enumerate(layers):
        neurons = importance.neurons[layer].topk(shape.intermediate).indices.sort().values
        heads = importance.heads[layer].topk(shape.heads).indices.sort().values
        for name, tensor in _prune_layer(source.layers[layer], neurons, heads, basis).items():
            state[f"layers.{target}.{name}"] = tensor
    smaller = Network(shape)
    smaller.load_state_dict(state)
    return smaller


def _prune_ends(state: State, basis: Tensor) -> State:
    """Prune the arrays outside the blocks: embeddings and heads."""
    pruned = {
        f"{name}.weight": state[f"{name}.weight"] @ basis for name in ("words", "positions", "casings", "tag_head")
    }
    pruned |= _rotate_norm("norm", state, basis)
    halves = state["sentiment_inner.weight"].chunk(2, dim=1)
    pruned["sentiment_inner.weight"] = torch.cat([half @ basis for half in halves], dim=1)
    for name in ("tag_head.bias", "sentiment_inner.bias", "sentiment_outer.weight", "sentiment_outer.bias"):
        pruned[name] = state[name]
    return pruned


def _prune_layer(layer: Layer, neurons: Tensor, heads: Tensor, basis: Tensor) -> State:
    state: State = layer.state_dict()
    size = state["qkv.weight"].shape[1] // layer.heads
    inside = (heads[:, None] * size + torch.arange(size)).flatten()
    rows = torch.cat([part * layer.heads * size + inside for part in range(3)])
    return {
        "qkv.weight": state["qkv.weight"][rows] @ basis,
        "qkv.bias": state["qkv.bias"][rows],
        "attention_out.weight": basis.T @ state["attention_out.weight"][:, inside],
        "attention_out.bias": state["attention_out.bias"] @ basis,
        "intermediate.weight": state["intermediate.weight"][neurons] @ basis,
        "intermediate.bias": state["intermediate.bias"][neurons],
        "output.weight": basis.T @ state["output.weight"][:, neurons],
        "output.bias": state["output.bias"] @ basis,
        **_rotate_norm("attention_norm", state, basis),
        **_rotate_norm("output_norm", state, basis),
    }


def _rotate_norm(name: str, state: State, basis: Tensor) -> State:
    """Rotate a LayerNorm; a rotated direction gets the weighted mean of the old scales."""
    scale = torch.einsum("ij,i,ij->j", basis, state[f"{name}.weight"], basis)
    return {f"{name}.weight": scale, f"{name}.bias": state[f"{name}.bias"] @ basis}


def _measure_importance(network: Network, batches: Iterable[Batch]) -> Importance:
    shape = network.shape
    neurons = torch.zeros((shape.layers, shape.intermediate))
    heads = torch.zeros((shape.layers, shape.heads))
    spread = torch.zeros((shape.width, shape.width))
    with torch.no_grad():
        for batch in islice(batches, SAMPLE_BATCHES):
            with _recording(network) as seen:
                network(batch.ids, batch.casings, batch.mask)
            for block, layer in enumerate(network.layers):
                inner = layer.activate(seen[block]["intermediate"][batch.mask])
                neurons[block] += inner.abs().sum(0) * layer.output.weight.norm(dim=0)
                written = _split_by_head(seen[block]["mixed"][batch.mask], layer)
                heads[block] += written.norm(dim=-1).sum(0)
                states = seen[block]["output_norm"][batch.mask]
                spread += states.T @ states
    return Importance(neurons, heads, torch.linalg.eigh(spread).eigenvectors.flip(1))


def _split_by_head(mixed: Tensor, layer: Layer) -> Tensor:
    """Return the output of each head to the hidden state, (pieces, heads, width)."""
    columns = layer.attention_out.weight.view(-1, layer.heads, mixed.shape[1] // layer.heads)
    return torch.einsum("phd,whd->phw", mixed.view(len(mixed), layer.heads, -1), columns)


@contextmanager
def _recording(network: Network) -> Iterator[list[State]]:
    """Yield the arrays that pass through each block: outputs by module, and `mixed`, the input of `attention_out`."""
    seen: list[State] = [{} for _ in network.layers]
    hooks: list[Any] = []
    for own, layer in zip(seen, network.layers, strict=True):
        for name in ("intermediate", "output_norm"):
            module = getattr(layer, name)
            hooks.append(module.register_forward_hook(lambda _, __, out, own=own, name=name: own.update({name: out})))
        hooks.append(
            layer.attention_out.register_forward_hook(lambda _, given, __, own=own: own.update(mixed=given[0]))
        )
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()
