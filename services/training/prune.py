"""The cut step: a smaller network out of a trained one, for a student to start from.

Whole blocks are left out, in the others the inner neurons and attention heads that contribute
least, and of the width the directions along which hidden states vary least: a truncated network is
a better start than random weights (Sajjad et al. 2023, arXiv:2004.03844). A neuron's contribution
is its mean absolute activation times the length of what it writes.
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
"""Batches over which activations are measured: some 20,000 pieces, beyond which the ranking stands still."""

State = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Importance:
    """What a sample shows: contribution of neurons (blocks, neurons) and heads (blocks, heads), both by
    number, and the directions of hidden states (width, width), the widest first."""

    neurons: Tensor
    heads: Tensor
    directions: Tensor


def cut_network(source: Network, layers: Sequence[int], shape: Shape, batches: Iterable[Batch]) -> Network:
    """Return a network of `shape` out of the blocks `layers` of `source`.

    Raises ValueError when the source is not larger in every way, or when its heads have another width.
    """
    old = source.shape
    if max(layers) >= old.layers or shape.intermediate > old.intermediate or shape.width > old.width:
        raise ValueError(f"cannot cut blocks {list(layers)} of {shape} out of {old}")
    if shape.width // shape.heads != old.width // old.heads or len(layers) != shape.layers:
        raise ValueError(f"{shape} needs heads of {old.width // old.heads} and {len(layers)} blocks")
    importance = _measure(source, batches)
    # At full width nothing is turned: the network starts with what it computed.
    turned = shape.width < old.width
    basis = importance.directions[:, : shape.width] if turned else torch.eye(old.width)
    state = _cut_ends(source.state_dict(), basis)
    for target, layer in enumerate(layers):
        neurons = importance.neurons[layer].topk(shape.intermediate).indices.sort().values
        heads = importance.heads[layer].topk(shape.heads).indices.sort().values
        for name, tensor in _cut_layer(source.layers[layer], neurons, heads, basis).items():
            state[f"layers.{target}.{name}"] = tensor
    smaller = Network(shape)
    smaller.load_state_dict(state)
    return smaller


def _cut_ends(state: State, basis: Tensor) -> State:
    """Cut what is not in a block: embeddings and heads."""
    cut = {f"{name}.weight": state[f"{name}.weight"] @ basis for name in ("words", "positions", "casings", "tag_head")}
    cut |= _cut_norm("norm", state, basis)
    halves = state["sentiment_inner.weight"].chunk(2, dim=1)
    cut["sentiment_inner.weight"] = torch.cat([half @ basis for half in halves], dim=1)
    for name in ("tag_head.bias", "sentiment_inner.bias", "sentiment_outer.weight", "sentiment_outer.bias"):
        cut[name] = state[name]
    return cut


def _cut_layer(layer: Layer, neurons: Tensor, heads: Tensor, basis: Tensor) -> State:
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
        **_cut_norm("attention_norm", state, basis),
        **_cut_norm("output_norm", state, basis),
    }


def _cut_norm(name: str, state: State, basis: Tensor) -> State:
    """Turn a LayerNorm: its scales are no longer one a direction, and their mean stands in for them."""
    scale = torch.einsum("ij,i,ij->j", basis, state[f"{name}.weight"], basis)
    return {f"{name}.weight": scale, f"{name}.bias": state[f"{name}.bias"] @ basis}


def _measure(network: Network, batches: Iterable[Batch]) -> Importance:
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
                written = _by_head(seen[block]["mixed"][batch.mask], layer)
                heads[block] += written.norm(dim=-1).sum(0)
                states = seen[block]["output_norm"][batch.mask]
                spread += states.T @ states
    return Importance(neurons, heads, torch.linalg.eigh(spread).eigenvectors.flip(1))


def _by_head(mixed: Tensor, layer: Layer) -> Tensor:
    """Return what each head writes into the hidden state, (pieces, heads, width)."""
    columns = layer.attention_out.weight.view(-1, layer.heads, mixed.shape[1] // layer.heads)
    return torch.einsum("phd,whd->phw", mixed.view(len(mixed), layer.heads, -1), columns)


@contextmanager
def _recording(network: Network) -> Iterator[list[State]]:
    """Yield what passes through each block, by module: outputs, and `mixed`, what the heads read."""
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
