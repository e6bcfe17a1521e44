"""Teachers and students in miniature: labels are written and read, and a network is pruned to a smaller one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `training` is not installed")
onnx = pytest.importorskip("onnx", reason="the extra `training` is not installed")

from services.enrichment.labels import POLARITIES, TAGS  # noqa: E402
from services.enrichment.models.heads import HEAD_ARRAYS  # noqa: E402
from services.enrichment.models.piece_cutter import PieceCutter  # noqa: E402
from services.enrichment.models.session import open_session, run_layers  # noqa: E402
from services.enrichment.models.weights import ARTICLE, EMBEDDINGS, HEADS, MODEL, TOKENIZER  # noqa: E402
from services.enrichment.models.windows import MAX_PIECES  # noqa: E402
from services.training.batches import Batch, collate  # noqa: E402
from services.training.dequantise import dequantise  # noqa: E402
from services.training.export import name_in_state  # noqa: E402
from services.training.graph import (  # noqa: E402
    Arrays,
    Range,
    Ranges,
    build_embeddings,
    build_graph,
    list_matrices,
)
from services.training.label import SentencesToVary, build_soft_sentence, write_labels  # noqa: E402
from services.training.labelled_sentence import label_example  # noqa: E402
from services.training.loop import Trainer, TrainingOptions, compute_losses, open_network  # noqa: E402
from services.training.manifest import write_manifest  # noqa: E402
from services.training.network import Network  # noqa: E402
from services.training.prune import prune_network  # noqa: E402
from services.training.ranges import list_limits  # noqa: E402
from services.training.shape import Shape  # noqa: E402
from services.training.swap_names import NamePools  # noqa: E402
from services.training.taught_sentences import read_labels  # noqa: E402
from tests.unit.training.miniature import JUDGED, SMALL, TAGGED, make_batches, make_tokenizer  # noqa: E402


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return the folder of a finished run of a few steps."""
    folder = tmp_path / "teacher"
    (folder / "base").mkdir(parents=True)
    tokenizer = make_tokenizer()
    (folder / "base" / "tokenizer.json").write_text(tokenizer.to_str())
    cutter = PieceCutter(tokenizer)
    (folder / "inputs.json").write_text(json.dumps({"shape": asdict(SMALL)}))
    options = TrainingOptions(steps=20)
    Trainer(Network(SMALL), lambda epoch: make_batches(cutter, epoch), options, folder).run()
    return folder


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl"
    rows = [{"title": "Mara left", "text": "Mara left. Left Mara."}, {"title": "", "text": "Born left."}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_labels_are_probabilities_of_every_word_and_span(run: Path, articles: Path, tmp_path: Path) -> None:
    """Each sentence has one row of probabilities per word, and a polarity for each span and for the sentence."""
    assert write_labels([run, run], [articles], tmp_path / "labels", 100) == 4
    for sentence in read_labels(tmp_path / "labels"):
        assert sentence.tags.shape[1] == len(TAGS)
        assert len(sentence.spans) == len(sentence.polarities)
        assert sentence.polarities.shape[1] == len(POLARITIES)
        assert np.allclose(np.exp(sentence.tags.astype(float)).sum(axis=1), 1, atol=0.01)


def test_labels_equal_the_output_of_their_network(run: Path, articles: Path, tmp_path: Path) -> None:
    """The cross-entropy with a network's own labels equals their entropy, the lowest possible value."""
    write_labels([run], [articles], tmp_path / "labels", 100)
    cutter = PieceCutter(make_tokenizer())
    # The first sentence of the second article is alone in its window, as a student reads it.
    taught = [build_soft_sentence(sentence, cutter) for sentence in read_labels(tmp_path / "labels")]
    alone = next(own for own in taught if own and own.soft and len(own.words) == 3 and own.pieces.ids[0] != 105)
    assert alone.soft is not None
    with torch.no_grad():
        losses = compute_losses(open_network(run), collate([[alone]]), torch.device("cpu"))
    entropy = -(alone.soft.tags * np.log(alone.soft.tags)).sum(axis=1).mean()
    assert losses["soft_entity"].item() == pytest.approx(entropy, abs=0.02)


def test_a_killed_labelling_step_continues(run: Path, articles: Path, tmp_path: Path) -> None:
    """A restarted labelling step does not write a finished part again."""
    write_labels([run], [articles], tmp_path / "labels", 100)
    part = tmp_path / "labels" / "part-0000.npz"
    before = part.stat().st_mtime_ns
    write_labels([run], [articles], tmp_path / "labels", 100)
    assert part.stat().st_mtime_ns == before


def test_sentences_are_also_labelled_with_other_names(run: Path, articles: Path, tmp_path: Path) -> None:
    """Sentences to vary are labelled as they are and with other names; a step that was killed in between continues."""
    pools = NamePools(["Born"], ["Left"], ["Tarnby"])
    to_vary = SentencesToVary(["Mara left.", "Born left."], pools, 3)
    count = write_labels([run], [articles], tmp_path / "labels", 100, to_vary)
    texts = [sentence.text for sentence in read_labels(tmp_path / "labels")]
    assert len(texts) == count
    assert sorted(texts[4:6]) == sorted(to_vary.sentences)
    assert len(texts[6:]) % 3 == 0
    for part in (tmp_path / "labels").glob("varied-*"):
        part.unlink()
    write_labels([run], [articles], tmp_path / "labels", 100, to_vary)
    assert [sentence.text for sentence in read_labels(tmp_path / "labels")] == texts


def test_dequantised_weights_equal_the_published_ones(run: Path, tmp_path: Path) -> None:
    """A dequantised model exports the same int8 levels as before, and reads like the network except for rounding."""
    folder, dequantised = tmp_path / "weights", tmp_path / "dequantised"
    network = open_network(run)
    arrays = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    write_weights(folder, arrays, SMALL, ranges := {name: Range(-4.0, 4.0) for name in list_matrices(SMALL)})
    shape = dequantise(folder, dequantised)
    assert shape == replace(SMALL, positions=MAX_PIECES)
    again = open_network(dequantised)
    state = {name: tensor.numpy() for name, tensor in again.state_dict().items()}
    for build in (lambda each: build_graph(each, SMALL, ranges), build_embeddings):
        before, after = (read_levels(build(each)) for each in (arrays, state))
        assert before.keys() == after.keys()
        assert all(np.array_equal(before[name], after[name]) for name in before)
    cutter = PieceCutter.from_file(dequantised / "base" / "tokenizer.json")
    batch = collate([[label_example(TAGGED, cutter), label_example(JUDGED, cutter)]])
    with torch.no_grad():
        expected, found = (each(batch.ids, batch.casings, batch.mask) for each in (network, again))
    assert torch.allclose(expected, found, atol=0.1)


def write_weights(folder: Path, arrays: Arrays, shape: Shape, ranges: Ranges) -> None:
    """Write weights like the step `export`, but without data on which ranges are observed."""
    folder.mkdir()
    (folder / EMBEDDINGS).write_bytes(build_embeddings(arrays).SerializeToString())
    (folder / MODEL).write_bytes(build_graph(arrays, shape, ranges).SerializeToString())
    (folder / ARTICLE).write_bytes(b"not read here")
    heads: dict[str, Any] = {name: arrays[name_in_state(name)] for name in HEAD_ARRAYS}
    np.savez(folder / HEADS, **heads)
    (folder / TOKENIZER).write_text(make_tokenizer().to_str())
    inputs = {"base": {"name": "miniature"}, "shape": asdict(shape)}
    write_manifest(
        folder, {"name": "small", "version": "1", "inputs": inputs, "progress": {}, "ranges": list_limits(ranges)}
    )


def read_levels(model: Any) -> dict[str, np.ndarray]:
    """Return the int8 arrays of a graph by name."""
    arrays = {item.name: onnx.numpy_helper.to_array(item) for item in model.graph.initializer}
    return {name: array for name, array in arrays.items() if array.dtype == np.int8}


def test_relu_can_replace_gelu(run: Path) -> None:
    """A student may have another activation than its source, and its graph computes the same as the student."""
    cutter = PieceCutter(make_tokenizer())
    batch = collate([[label_example(TAGGED, cutter)]])
    source = open_network(run)
    student = prune_network(source, [0, 1], replace(SMALL, activation="relu"), iter([batch])).eval()
    arrays = {name: tensor.numpy() for name, tensor in student.state_dict().items()}
    model = build_graph(arrays, student.shape)
    embeddings, layers = (open_session(each.SerializeToString()) for each in (build_embeddings(arrays), model))
    with torch.no_grad():
        expected, other = (each.tag(each(batch.ids, batch.casings, batch.mask)).numpy() for each in (student, source))
    feeds = {"ids": batch.ids.numpy(), "casings": batch.casings.numpy()}
    (found,) = run_layers(embeddings, layers, ["tags"], feeds)
    assert any(node.op_type == "Relu" for node in model.graph.node)
    # The table of words is int8 even here.
    assert np.abs(expected - found).max() < 0.1 * np.abs(expected - other).max()


def test_pruning_nothing_changes_nothing(run: Path) -> None:
    """A network pruned to all its blocks and neurons computes the same; pruned to fewer, it is smaller."""
    cutter = PieceCutter(make_tokenizer())
    source = open_network(run)
    batch: Batch = collate([[label_example(TAGGED, cutter), label_example(JUDGED, cutter)]])

    def batches() -> Iterator[Batch]:
        yield batch

    whole = prune_network(source, [0, 1], SMALL, batches()).eval()
    with torch.no_grad():
        expected, found = (network(batch.ids, batch.casings, batch.mask) for network in (source, whole))
    assert torch.allclose(expected, found, atol=1e-5)
    small = replace(SMALL, layers=1, intermediate=16)
    assert prune_network(source, [1], small, batches()).shape == small
    narrow = replace(SMALL, width=16, heads=2)
    with torch.no_grad():
        assert prune_network(source, [0, 1], narrow, batches())(batch.ids, batch.casings, batch.mask).shape[-1] == 16
    for layers, shape in (([2], small), ([1], replace(small, heads=2)), ([0], SMALL)):
        with pytest.raises(ValueError, match="blocks"):
            prune_network(source, layers, shape, batches())
