"""Training in miniature: labels, losses, resuming, and the exported graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="the extra `training` is not installed")
pytest.importorskip("onnx", reason="the extra `training` is not installed")

from services.enrichment.labels import TAG_INDEX  # noqa: E402
from services.enrichment.models.piece_cutter import PieceCutter  # noqa: E402
from services.enrichment.models.session import lay_out, open_session, run_layers  # noqa: E402
from services.enrichment.models.windows import split_into_windows  # noqa: E402
from services.training.batches import collate  # noqa: E402
from services.training.corpus import Example  # noqa: E402
from services.training.graph import Arrays, Range, Ranges, build_embeddings, build_graph  # noqa: E402
from services.training.labelled_sentence import label_example  # noqa: E402
from services.training.loop import Trainer, TrainingOptions, compute_losses, load_checkpoint  # noqa: E402
from services.training.network import EMBEDDING_NAMES, Network  # noqa: E402
from services.training.ranges import choose_range, measure_loss, observe_ranges  # noqa: E402
from tests.unit.training.miniature import JUDGED, SMALL, TAGGED, make_batches, make_tokenizer  # noqa: E402


@pytest.fixture(scope="module")
def cutter() -> PieceCutter:
    return PieceCutter(make_tokenizer())


def test_every_part_of_a_hyphenated_token_is_labelled(cutter: PieceCutter) -> None:
    """The first part of a hyphenated token has the token's tag, and the other parts have the continuing tag."""
    labelled = label_example(TAGGED, cutter)
    tags = [index for (index,) in labelled.allowed]
    assert tags[:3] == [TAG_INDEX["B-MISC"], TAG_INDEX["I-MISC"], TAG_INDEX["I-MISC"]]
    assert len(labelled.words) == 6


def test_an_o_allows_misc_if_the_set_does_not_label_misc(cutter: PieceCutter) -> None:
    """In UNER-EWT, which does not label MISC, an O also allows MISC, and every other tag is unchanged."""
    labelled = label_example(Example("uner-ewt", "", ("Mara", "left"), ("B-PER", "O")), cutter)
    assert labelled.allowed[0] == (TAG_INDEX["B-PER"],)
    assert labelled.allowed[1] == tuple(TAG_INDEX[tag] for tag in ("O", "B-MISC", "I-MISC"))


def test_targets_and_the_sentence_are_spans_of_pieces(cutter: PieceCutter) -> None:
    """Targets become ranges of pieces, and the whole sentence is a target if its targets agree."""
    assert label_example(JUDGED, cutter).spans == ((0, 1, 2), (0, 3, 2))


def test_an_epoch_depends_on_its_seed_alone(cutter: PieceCutter) -> None:
    """An epoch always has the same batches, so that a resumed run reads what the interrupted run would have read."""
    one, other = ([batch.ids.tolist() for batch in make_batches(cutter, 3)] for _ in range(2))
    assert one == other
    assert one != [batch.ids.tolist() for batch in make_batches(cutter, 4)]


def test_a_batch_without_a_kind_of_label_has_no_loss_of_it(cutter: PieceCutter) -> None:
    """A batch of tagged sentences has no sentiment loss, and a batch of sentiment targets has no entity loss."""
    network = Network(SMALL)
    for example, kind in ((TAGGED, "entity"), (JUDGED, "sentiment")):
        losses = compute_losses(network, collate([[label_example(example, cutter)]]), torch.device("cpu"))
        assert list(losses) == [kind]
        assert losses[kind].item() > 0


def test_training_learns_and_continues_from_its_checkpoint(cutter: PieceCutter, tmp_path: Path) -> None:
    """A restarted run continues at its checkpoint, and its loss is lower than an untrained network's."""

    def trainer(steps: int) -> Trainer:
        torch.manual_seed(1)
        options = TrainingOptions(steps=steps, encoder_rate=5e-3, head_rate=5e-3)
        return Trainer(Network(SMALL), lambda epoch: make_batches(cutter, epoch), options, tmp_path)

    assert trainer(40).run().step == 40
    assert trainer(300).run().step == 300
    checkpoint = load_checkpoint(tmp_path)
    assert checkpoint is not None
    network = Network(SMALL)
    untrained = compute_losses(network, collate([[label_example(TAGGED, cutter)]]), torch.device("cpu"))[
        "entity"
    ].item()
    network.load_state_dict(checkpoint["network"])
    trained = compute_losses(network.eval(), collate([[label_example(TAGGED, cutter)]]), torch.device("cpu"))[
        "entity"
    ].item()
    assert trained < untrained / 2


def test_training_can_keep_the_embeddings(cutter: PieceCutter, tmp_path: Path) -> None:
    """With `keep_embeddings` the embeddings stay exactly the same, and the layers learn."""
    torch.manual_seed(1)
    network = Network(SMALL)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    options = TrainingOptions(steps=20, keep_embeddings=True)
    Trainer(network, lambda epoch: make_batches(cutter, epoch), options, tmp_path).run()
    checkpoint = load_checkpoint(tmp_path)
    assert checkpoint is not None
    changed = {name for name, tensor in checkpoint["average"].items() if not torch.equal(tensor, before[name])}
    assert changed == {name for name in before if not name.startswith(EMBEDDING_NAMES)}


def test_a_run_needs_a_limit(cutter: PieceCutter, tmp_path: Path) -> None:
    """A run without a limit of minutes or steps is an error."""
    with pytest.raises(ValueError, match="minutes or steps"):
        Trainer(Network(SMALL), lambda epoch: make_batches(cutter, epoch), TrainingOptions(), tmp_path)


def draw_network() -> Network:
    torch.manual_seed(2)
    network = Network(SMALL)
    network.eval()
    torch.nn.init.normal_(network.casings.weight)
    return network


def run_graph(arrays: Arrays, feeds: dict[str, Any], ranges: Ranges | None) -> list[Any]:
    embeddings, layers = (
        open_session(model.SerializeToString())
        for model in (build_embeddings(arrays), build_graph(arrays, SMALL, ranges))
    )
    return run_layers(embeddings, layers, ["tags", "spans", "firsts"], feeds)


def test_the_exported_graph_computes_what_the_network_does(cutter: PieceCutter) -> None:
    """The graph, in float and in int8, computes the network's tags and both halves of its sentiment layer."""
    network = draw_network()
    cut = [cutter.cut("Mara left."), cutter.cut("left Mara."), cutter.cut(". Mara-left Mara left.")]
    arrays = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    ranges = observe_ranges(arrays, SMALL, cut, seed=1)
    feeds = lay_out([split_into_windows(index, len(cut[0].ids))[0] for index in range(2)], cut)
    ids, casings = (torch.from_numpy(feeds[name]) for name in ("ids", "casings"))
    with torch.no_grad():
        hidden = network(ids, casings, torch.ones_like(ids, dtype=torch.bool))
        inner = network.sentiment_inner.weight.split(SMALL.width, dim=1)
        expected = [network.tag_head(hidden), hidden @ inner[0].T, hidden[:, 0] @ inner[1].T]
    for known, tolerance in ((None, 0.02), (ranges, 0.1)):
        for ours, theirs in zip(run_graph(arrays, feeds, known), expected, strict=True):
            assert np.abs(ours - theirs.numpy()).max() < tolerance


@given(st.integers(0, 100), st.floats(0.1, 50))
def test_a_range_contains_zero_and_has_a_small_loss(seed: int, scale: float) -> None:
    """Zero is one of the levels, and the chosen range has no larger loss than the range of the extremes."""
    values = (np.random.default_rng(seed).normal(size=3000) ** 3 * scale).astype(np.float32)
    chosen = choose_range(values)
    assert 0 <= chosen.zero <= 255
    assert measure_loss(values, chosen) <= measure_loss(values, Range(float(values.min()), float(values.max())))
