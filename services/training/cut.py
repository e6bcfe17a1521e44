"""The cut step: a smaller network out of a trained one, for a student to start from.

Whole blocks are left out, and in the others the inner neurons that contribute least: a truncated
network is a better start than random weights (Sajjad et al. 2023, arXiv:2004.03844). A neuron's
contribution is its mean absolute activation times the length of what it writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from services.training.batches import Batch
from services.training.network import Network

SAMPLE_BATCHES: Final = 12
"""Batches over which activations are measured: some 20,000 pieces, beyond which the ranking stands still."""


def cut_network(source: Network, layers: Sequence[int], intermediate: int, batches: Iterable[Batch]) -> Network:
    """Return a network of the blocks `layers` of `source`, each with `intermediate` inner neurons.

    Raises ValueError when the source has not as many blocks or neurons.
    """
    shape = source.shape
    if max(layers) >= shape.layers or intermediate > shape.intermediate:
        raise ValueError(f"cannot cut blocks {list(layers)} of {intermediate} neurons out of {shape}")
    kept = _rank_neurons(source, batches)[:, :intermediate].sort(dim=1).values
    smaller = Network(replace(shape, layers=len(layers), intermediate=intermediate))
    state = {name: tensor for name, tensor in source.state_dict().items() if not name.startswith("layers.")}
    for target, layer in enumerate(layers):
        for name, tensor in source.layers[layer].state_dict().items():
            state[f"layers.{target}.{name}"] = _select(name, tensor, kept[layer])
    smaller.load_state_dict(state)
    return smaller


def _select(name: str, tensor: Tensor, neurons: Tensor) -> Tensor:
    if name.startswith("intermediate."):
        return tensor[neurons]
    return tensor[:, neurons] if name == "output.weight" else tensor


@torch.no_grad()  # type: ignore[misc, unused-ignore, untyped-decorator]
def _rank_neurons(network: Network, batches: Iterable[Batch]) -> Tensor:
    """Return, for each block, its inner neurons by falling contribution (blocks, neurons)."""
    device = next(network.parameters()).device
    sums = torch.zeros((network.shape.layers, network.shape.intermediate), device=device)

    def record(block: int) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def hook(_: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> None:
            sums[block] += functional.gelu(output[mask]).abs().sum(0)

        return hook

    hooks = [layer.intermediate.register_forward_hook(record(block)) for block, layer in enumerate(network.layers)]
    for batch in islice(batches, SAMPLE_BATCHES):
        mask = batch.mask.to(device)
        network(batch.ids.to(device), batch.casings.to(device), mask)
    for hook in hooks:
        hook.remove()
    lengths = torch.stack([layer.output.weight.norm(dim=0) for layer in network.layers])
    return (sums * lengths).argsort(dim=1, descending=True)
