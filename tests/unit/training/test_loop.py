"""Training in miniature: labels, losses, resuming, and the exported graph."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `training` is not installed")
pytest.importorskip("onnx", reason="the extra `training` is not installed")

from services.enrichment.labels import TAG_INDEX  # noqa: E402
from services.enrichment.models.pieces import PieceCutter  # noqa: E402
from services.enrichment.models.session import open_session  # noqa: E402
from services.training.batches import collate, label  # noqa: E402
from services.training.corpus import Example  # noqa: E402
from services.training.graph import build_graph  # noqa: E402
from services.training.loop import Trainer, TrainingOptions, compute_losses, load_checkpoint  # noqa: E402
from services.training.network import Network  # noqa: E402
from tests.unit.training.miniature import JUDGED, SMALL, TAGGED, make_batches, make_tokenizer  # noqa: E402


@pytest.fixture(scope="module")
def cutter() -> PieceCutter:
    return PieceCutter(make_tokenizer())


def test_every_part_of_a_hyphenated_token_is_labelled(cutter: PieceCutter) -> None:
    """A token of several pre-tokens gives the first its tag and the rest the one that continues it."""
    labelled = label(TAGGED, cutter)
    tags = [index for (index,) in labelled.allowed]
    assert tags[:3] == [TAG_INDEX["B-MISC"], TAG_INDEX["I-MISC"], TAG_INDEX["I-MISC"]]
    assert len(labelled.words) == 6


def test_an_o_may_be_misc_where_misc_is_not_labelled(cutter: PieceCutter) -> None:
    """In UNER-EWT an O allows MISC too, and anything else is as labelled."""
    labelled = label(Example("uner-ewt", "", ("Mara", "left"), ("B-PER", "O")), cutter)
    assert labelled.allowed[0] == (TAG_INDEX["B-PER"],)
    assert labelled.allowed[1] == tuple(TAG_INDEX[tag] for tag in ("O", "B-MISC", "I-MISC"))


def test_a_span_is_its_pieces_and_the_sentence_is_one(cutter: PieceCutter) -> None:
    """Targets become piece ranges; a sentence whose targets agree is a target as a whole."""
    assert label(JUDGED, cutter).spans == ((0, 1, 2), (0, 3, 2))


def test_an_epoch_is_decided_by_its_seed(cutter: PieceCutter) -> None:
    """The same epoch has the same batches, so that a resumed run sees what it would have seen."""
    one, other = ([batch.ids.tolist() for batch in make_batches(cutter, 3)] for _ in range(2))
    assert one == other
    assert one != [batch.ids.tolist() for batch in make_batches(cutter, 4)]


def test_a_batch_without_a_kind_of_label_has_no_loss_of_it(cutter: PieceCutter) -> None:
    """A batch of tagged sentences alone has a sentiment loss of zero, and the other way round."""
    network = Network(SMALL)
    for example, kind in ((TAGGED, "entity"), (JUDGED, "sentiment")):
        losses = compute_losses(network, collate([[label(example, cutter)]]), torch.device("cpu"))
        assert list(losses) == [kind]
        assert losses[kind].item() > 0


def test_training_learns_and_goes_on_from_its_checkpoint(cutter: PieceCutter, tmp_path: Path) -> None:
    """A run that is started again goes on where it stopped, and its losses have fallen."""

    def trainer(steps: int) -> Trainer:
        torch.manual_seed(1)
        options = TrainingOptions(steps=steps, encoder_rate=5e-3, head_rate=5e-3)
        return Trainer(Network(SMALL), lambda epoch: make_batches(cutter, epoch), options, tmp_path)

    assert trainer(40).run().step == 40
    assert trainer(300).run().step == 300
    checkpoint = load_checkpoint(tmp_path)
    assert checkpoint is not None
    network = Network(SMALL)
    untrained = compute_losses(network, collate([[label(TAGGED, cutter)]]), torch.device("cpu"))["entity"].item()
    network.load_state_dict(checkpoint["network"])
    trained = compute_losses(network.eval(), collate([[label(TAGGED, cutter)]]), torch.device("cpu"))["entity"].item()
    assert trained < untrained / 2


def test_a_run_needs_one_end(cutter: PieceCutter, tmp_path: Path) -> None:
    """Neither no limit nor two limits make a run."""
    with pytest.raises(ValueError, match="minutes or steps"):
        Trainer(Network(SMALL), lambda epoch: make_batches(cutter, epoch), TrainingOptions(), tmp_path)


def test_the_exported_graph_computes_what_the_network_does(cutter: PieceCutter) -> None:
    """The ONNX graph and the network give the same hidden states, padding included."""
    torch.manual_seed(2)
    network = Network(SMALL).eval()
    torch.nn.init.normal_(network.casings.weight)
    batch = collate([[label(TAGGED, cutter), label(JUDGED, cutter)], [label(JUDGED, cutter)]], random.Random(1))
    arrays = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    session = open_session(build_graph(arrays, SMALL).SerializeToString())
    feeds = {"ids": batch.ids, "casings": batch.casings, "mask": batch.mask.long()}
    (hidden,) = session.run(None, {name: tensor.numpy() for name, tensor in feeds.items()})
    with torch.no_grad():
        expected = network(batch.ids, batch.casings, batch.mask).numpy()
    kept = batch.mask.numpy()
    assert np.abs(hidden - expected)[kept].max() < 0.05
