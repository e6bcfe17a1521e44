"""The training loop: several tasks at once, on one device, continued after a kill."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from services.training.batches import Batch, HeadPositions
from services.training.corpus import REPEATS
from services.training.network import EMBEDDING_NAMES, Network, freeze
from services.training.shape import Shape

ENTITY_WEIGHTS: Final = {"entity": 1.0, "soft_entity": 1.0}
"""Weights of the losses of entities, each a mean over its labels; `soft_` is the loss against a teacher."""

CHECKPOINT: Final = "checkpoint.pt"

HEADS: Final = ("tag_head", "sentiment", "casings")
"""Beginnings of the names of parameters that start untrained and learn at the rate of the heads."""

WARMUP_STEPS: Final = 150
CLIP_NORM: Final = 1.0
WEIGHT_DECAY: Final = 0.01
"""Usual values for BERT: steps of rising learning rate, norm to which gradients are clipped, and weight decay."""

AVERAGING: Final = 0.98
AVERAGING_STEPS: Final = 10
"""Decay of the running average of the weights, and the steps between two updates: about the last 500 steps count."""


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """Options that decide a run; exactly one of `minutes` and `steps` must be given, and ends the run."""

    seed: int = 20261124
    minutes: float | None = None
    steps: int | None = None
    piece_budget: int = 2200
    encoder_rate: float = 1e-4
    head_rate: float = 5e-4
    sentiment: float = 0.5
    soft_sentiment: float = 0.5
    """Weights of the losses of sentiment, relative to those of entities. The few labels are memorised from the third
    epoch on; a teacher's probabilities are not."""
    repeats: dict[str, int] = field(default_factory=lambda: dict(REPEATS))
    """Number of times that an epoch reads a set, by its name; a set that is not named is read once."""
    keep_embeddings: bool = False
    """True if the embeddings stay as they are, because another network shares them."""
    checkpoint_minutes: float = 3.0


@dataclass(slots=True)
class TrainingProgress:
    """Progress of a run; `seconds` counts training time only, over all restarts."""

    epoch: int = 0
    batch: int = 0
    step: int = 0
    seconds: float = 0.0


Epochs = Callable[[int], Iterator[Batch]]


class Trainer:
    """The training of one run in `folder`, with its network, optimiser and running average."""

    def __init__(self, network: Network, epochs: Epochs, options: TrainingOptions, folder: Path) -> None:
        if (options.minutes is None) == (options.steps is None):
            raise ValueError("give either minutes or steps")
        torch.manual_seed(options.seed)
        self._options = options
        sentiment = {"sentiment": options.sentiment, "soft_sentiment": options.soft_sentiment}
        self._weights = ENTITY_WEIGHTS | sentiment
        self._epochs = epochs
        self._folder = folder
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._network = network.to(self._device)
        if options.keep_embeddings:
            freeze(network, EMBEDDING_NAMES)
        groups = group_parameters(network, HEADS, options.encoder_rate, options.head_rate)
        self._optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)
        self._average = {name: tensor.clone() for name, tensor in network.state_dict().items()}
        self._progress = TrainingProgress()

    def run(self) -> TrainingProgress:
        """Train to the end, from the last checkpoint if there is one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._resume()
        self._network.train()
        clock = saved = time.monotonic()
        sums: dict[str, float] = {}
        while self._compute_remaining() > 0:
            for batch in self._continue_epoch():
                for name, value in self._step(batch).items():
                    sums[name] = sums.get(name, 0.0) + value
                now = time.monotonic()
                self._progress.seconds += now - clock
                clock = now
                if now - saved > self._options.checkpoint_minutes * 60:
                    self._log(sums)
                    self._save()
                    saved = now
                if self._compute_remaining() <= 0:
                    break
            else:
                self._progress.epoch += 1
                self._progress.batch = 0
        self._log(sums)
        self._save()
        return self._progress

    def _continue_epoch(self) -> Iterator[Batch]:
        for index, batch in enumerate(self._epochs(self._progress.epoch)):
            if index >= self._progress.batch:
                yield batch
                self._progress.batch = index + 1

    def _compute_remaining(self) -> float:
        """Return the remaining share of the run, 1 to 0: the linear decay of the learning rates."""
        if self._options.steps is not None:
            return 1 - self._progress.step / self._options.steps
        assert self._options.minutes is not None
        return 1 - self._progress.seconds / (self._options.minutes * 60)

    def _step(self, batch: Batch) -> dict[str, float]:
        factor = min(1.0, (self._progress.step + 1) / WARMUP_STEPS) * max(self._compute_remaining(), 0.0)
        for group in self._optimiser.param_groups:
            group["lr"] = group["peak"] * factor
        with torch.autocast(self._device.type, dtype=torch.bfloat16):
            losses = compute_losses(self._network, batch, self._device)
        loss = torch.stack([self._weights[name] * value for name, value in losses.items()]).sum()
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self._network.parameters(), CLIP_NORM)
        self._optimiser.step()
        self._progress.step += 1
        self._update_average()
        return {name: value.item() for name, value in losses.items()} | {"steps": 1.0}

    def _update_average(self) -> None:
        if self._progress.step % AVERAGING_STEPS:
            return
        decay = min(AVERAGING, self._progress.step / (self._progress.step + 10 * AVERAGING_STEPS))
        with torch.no_grad():
            for name, tensor in self._network.state_dict().items():
                self._average[name].lerp_(tensor, 1 - decay)

    def _log(self, sums: dict[str, float]) -> None:
        steps = max(sums.pop("steps", 0.0), 1.0)
        line = {name: round(value / steps, 4) for name, value in sums.items()} | asdict(self._progress)
        sums.clear()
        with (self._folder / "log.jsonl").open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")

    def _save(self) -> None:
        state = {
            "network": self._network.state_dict(),
            "average": self._average,
            "optimiser": self._optimiser.state_dict(),
            "progress": asdict(self._progress),
            "options": asdict(self._options),
            "generator": torch.get_rng_state(),
        }
        partial = self._folder / f"{CHECKPOINT}.partial"
        torch.save(state, partial)
        partial.replace(self._folder / CHECKPOINT)

    def _resume(self) -> None:
        state = load_checkpoint(self._folder, self._device)
        if state is None:
            return
        self._network.load_state_dict(state["network"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._average = state["average"]
        self._progress = TrainingProgress(**state["progress"])
        torch.set_rng_state(state["generator"].cpu())


def load_checkpoint(folder: Path, device: torch.device | str = "cpu") -> dict[str, Any] | None:
    """Return the last checkpoint of a run; None before the first."""
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    return state


def open_network(run: Path) -> Network:
    """Return the averaged network of a run, ready to read. Raises ValueError when the run has no checkpoint."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    checkpoint = load_checkpoint(run, device)
    if checkpoint is None:
        raise ValueError(f"{run} has no checkpoint: run the step `train` or `dequantise` first")
    shape = json.loads((run / "inputs.json").read_text(encoding="utf-8"))["shape"]
    network = Network(Shape(**shape))
    network.to(device)
    network.load_state_dict(checkpoint["average"])
    network.eval()
    return network


def compute_losses(network: Network, batch: Batch, device: torch.device) -> dict[str, Tensor]:
    """Return the losses of a batch, by name, for the kinds of labels that it has.

    A word's entity loss is the negative logarithm of the probability of all tags that may be right. A `soft_` loss is
    the cross-entropy with the teacher's probabilities.
    """
    hidden = network(batch.ids.to(device), batch.casings.to(device), batch.mask.to(device)).flatten(0, 1)
    losses = {}
    if len(batch.gold.words):
        logits = network.tag(hidden[batch.gold.words.to(device)]).float()
        allowed = logits.masked_fill(~batch.allowed.to(device), float("-inf"))
        losses["entity"] = (logits.logsumexp(-1) - allowed.logsumexp(-1)).mean()
    if len(batch.polarities):
        losses["sentiment"] = functional.cross_entropy(_judge(network, hidden, batch.gold), batch.polarities.to(device))
    if len(batch.soft.words):
        logits = network.tag(hidden[batch.soft.words.to(device)]).float()
        losses["soft_entity"] = functional.cross_entropy(logits, batch.soft_tags.to(device))
        polarities = batch.soft_polarities.to(device)
        losses["soft_sentiment"] = functional.cross_entropy(_judge(network, hidden, batch.soft), polarities)
    return losses


def _judge(network: Network, hidden: Tensor, positions: HeadPositions) -> Tensor:
    device = hidden.device
    spans = mean_spans(hidden, positions.span_pieces.to(device), positions.span_ids.to(device), len(positions.firsts))
    return network.judge(spans, hidden[positions.firsts.to(device)]).float()


def mean_spans(hidden: Tensor, pieces: Tensor, owners: Tensor, count: int) -> Tensor:
    """Return the mean hidden state of each span's pieces, (spans, width)."""
    sums = hidden.new_zeros((count, hidden.shape[-1])).index_add_(0, owners, hidden[pieces])
    sizes = torch.zeros(count, device=hidden.device).index_add_(
        0, owners, torch.ones(len(owners), device=hidden.device)
    )
    return sums / sizes[:, None].to(hidden.dtype)


def group_parameters(
    network: nn.Module, heads: str | tuple[str, ...], encoder_rate: float, head_rate: float
) -> list[dict[str, Any]]:
    """Return the parameters that learn, in groups for an optimiser, each with its peak learning rate and weight decay.

    `heads` are the beginnings of the names of the parameters that have the rate of the heads.
    """
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            rate = head_rate if name.startswith(heads) else encoder_rate
            decay = WEIGHT_DECAY if parameter.dim() > 1 else 0.0
            groups.setdefault((rate, decay), []).append(parameter)
    return [
        {"params": members, "lr": rate, "peak": rate, "weight_decay": decay}
        for (rate, decay), members in groups.items()
    ]
