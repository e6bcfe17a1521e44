"""Training of the sentiment of articles in miniature: what is read, what is learned, and the exported graph."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `training` is not installed")
pytest.importorskip("onnx", reason="the extra `training` is not installed")

from services.enrichment.labels import POLARITIES  # noqa: E402
from services.enrichment.models.passages import PASSAGE_PIECES, POLARITY_LOGITS  # noqa: E402
from services.enrichment.models.piece_cutter import PieceCutter  # noqa: E402
from services.enrichment.models.session import lay_out, open_session, run_layers  # noqa: E402
from services.enrichment.models.weights import ARTICLE  # noqa: E402
from services.enrichment.models.windows import Window  # noqa: E402
from services.training.article.batches import cut_text  # noqa: E402
from services.training.article.leads import (  # noqa: E402
    ARTICLES,
    ECONOMY,
    FINANCE,
    HEADLINES,
    LEADS,
    POLITICS,
    build_target,
    read_leads,
    read_taught,
    read_unlabelled,
)
from services.training.article.network import ArticleNetwork  # noqa: E402
from services.training.article.topic_lessons import TopicLessons, join_passages, leave_out_last  # noqa: E402
from services.training.article.train import (  # noqa: E402
    ArticleOptions,
    label_article,
    open_article_network,
    train_article,
)
from services.training.article.written import read_written  # noqa: E402
from services.training.dequantise import dequantise_article  # noqa: E402
from services.training.export import NEUTRAL_SHIFT  # noqa: E402
from services.training.graph import build_article_graph, build_embeddings  # noqa: E402
from services.training.loop import CHECKPOINT  # noqa: E402
from services.training.network import Network  # noqa: E402
from services.training.ranges import observe_article_ranges  # noqa: E402
from services.training.rows import write_rows  # noqa: E402
from services.training.topics.labels import LABELS as LABELS_OF_TOPICS  # noqa: E402
from services.training.topics.labels import build_targets  # noqa: E402
from services.training.topics.labels import write_taught as write_topics  # noqa: E402
from tests.unit.training.miniature import SMALL, make_tokenizer  # noqa: E402


@pytest.fixture
def cutter() -> PieceCutter:
    return PieceCutter(make_tokenizer())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder in which "born" is good news and "left" is bad news."""
    folder = tmp_path / "data"
    for path in (LEADS, ARTICLES, ECONOMY, FINANCE):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    words = {"positive": "Mara born", "negative": "Mara left", "neutral": "Tarnby"}
    write_rows(
        folder / LEADS,
        (
            make_lead(f"{text}{' .' * length}", polarity, split, f"{split}-{length}")
            for length in range(8)
            for split in ("train", "dev")
            for polarity, text in words.items()
        ),
    )
    articles = [("new", "Born", "Mara born ."), ("train-1", "Left", "Left ."), ("dev-1", "Secret", "Held back .")]
    write_rows(folder / ARTICLES, ({"id": own, "title": title, "text": text} for own, title, text in articles))
    for path, field in ((HEADLINES, "text"), (ECONOMY, "text"), (FINANCE, "sentence"), (POLITICS, "sentence")):
        write_rows(folder / path, [{field: f"{path} {number}"} for number in range(40)])
    return folder


def make_lead(text: str, polarity: str, split: str, article: str) -> dict[str, Any]:
    return {"text": text, "polarity": polarity, "sure": 1.0, "split": split, "article": article, "agreed": True}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return the folder of a trained run of the encoder."""
    folder = tmp_path / "source"
    (folder / "base").mkdir(parents=True)
    (folder / "base" / "tokenizer.json").write_text(make_tokenizer().to_str())
    (folder / "inputs.json").write_text(json.dumps({"shape": asdict(SMALL)}))
    torch.manual_seed(4)
    torch.save({"average": Network(SMALL).state_dict()}, folder / CHECKPOINT)
    return folder


def test_teachers_read_no_text_of_a_held_back_article(data: Path) -> None:
    """Texts without labels come from other articles than the held-back ones, each once, in a fixed order."""
    texts = read_unlabelled(data)
    assert texts == read_unlabelled(data)
    assert len(texts) == len(set(texts))
    assert "Born\n\nMara born ." in texts
    assert not any("Secret" in text or "Held back" in text for text in texts)
    assert not {row["text"] for row in read_leads(data, "train")} & set(texts)


def test_a_target_mixes_label_and_teacher() -> None:
    """A target is a distribution: the smoothed label, mixed with the teacher's probabilities if there are any."""
    plain = build_target("negative", None, 0.5)
    mixed = build_target("negative", (0.0, 0.0, 1.0), 0.5)
    assert sum(plain) == pytest.approx(1)
    assert sum(mixed) == pytest.approx(1)
    assert plain[0] > 0.9
    assert mixed[2] == pytest.approx(0.5 + plain[2] / 2)


def test_a_network_learns_from_labels_and_then_from_a_teacher(data: Path, source: Path, tmp_path: Path) -> None:
    """A network learns the labels, keeps its embeddings, and a student learns from its probabilities."""
    options = ArticleOptions(epochs=12, piece_budget=60, encoder_rate=3e-3, head_rate=1e-2)
    report = train_article(data, tmp_path / "teacher", options, source=source, labels=None, threads=1)
    assert len(report["epochs"]) == 12
    assert report["epochs"][-1]["macro_f1"] > 0.9
    trained = open_article_network(tmp_path / "teacher").state_dict()
    start = torch.load(source / CHECKPOINT, weights_only=True)["average"]
    assert torch.equal(trained["body.words.weight"], start["words.weight"])
    assert torch.equal(trained["body.norm.bias"], start["norm.bias"])
    assert not torch.equal(trained["body.layers.0.qkv.weight"], start["layers.0.qkv.weight"])
    labels = tmp_path / "labels.jsonl"
    assert label_article(data, [tmp_path / "teacher"], labels, threads=1) == len(read_taught(labels))
    report = train_article(data, tmp_path / "student", options, source=source, labels=labels, threads=1)
    assert report["epochs"][-1]["macro_f1"] > 0.9


def test_a_killed_run_continues_after_its_last_epoch(data: Path, source: Path, tmp_path: Path) -> None:
    """A run that is started again has the scores of the finished epochs and adds the others."""
    first = train_article(
        data, tmp_path / "run", ArticleOptions(epochs=2, piece_budget=60), source=source, labels=None, threads=1
    )
    again = train_article(
        data, tmp_path / "run", ArticleOptions(epochs=3, piece_budget=60), source=source, labels=None, threads=1
    )
    assert again["epochs"][:2] == first["epochs"]
    assert len(again["epochs"]) == 3


def test_a_network_that_learns_further_keeps_its_fixed_layers(data: Path, source: Path, tmp_path: Path) -> None:
    """A run from an earlier run starts from its network, and the lowest layers and the embeddings do not change."""
    first = ArticleOptions(epochs=2, piece_budget=60)
    train_article(data, tmp_path / "first", first, source=source, labels=None, threads=1)
    options = ArticleOptions(epochs=1, piece_budget=600, encoder_rate=3e-3, written_repeats=1, fixed_layers=1)
    then = tmp_path / "then"
    train_article(data, then, options, source=None, labels=None, threads=1, earlier=tmp_path / "first")
    before, after = (open_article_network(run).state_dict() for run in (tmp_path / "first", then))
    kept = {name for name in before if name.startswith(("body.layers.0.", "body.words.", "body.norm."))}
    assert all(torch.equal(before[name], after[name]) for name in kept)
    assert not torch.equal(before["body.layers.1.qkv.weight"], after["body.layers.1.qkv.weight"])
    inputs = json.loads((then / "article.json").read_text())
    assert inputs["earlier"] == json.loads((tmp_path / "first" / "article.json").read_text())
    assert inputs["texts"] > len(read_written())


def test_a_run_can_end_with_the_mean_of_the_networks_before_and_after(data: Path, source: Path, tmp_path: Path) -> None:
    """With a share for the earlier network, a weight is the mean of its values with which the run began and ended."""
    first = ArticleOptions(epochs=1, piece_budget=60)
    train_article(data, tmp_path / "first", first, source=source, labels=None, threads=1)
    states = [open_article_network(tmp_path / "first").state_dict()]
    for share in (0.0, 0.25):
        run = tmp_path / f"then-{share}"
        options = ArticleOptions(epochs=2, piece_budget=60, earlier_share=share)
        train_article(data, run, options, source=None, labels=None, threads=1, earlier=tmp_path / "first")
        states.append(open_article_network(run).state_dict())
    before, after, mixed = (state["body.layers.1.qkv.weight"] for state in states)
    assert not torch.allclose(before, after)
    assert torch.allclose(mixed, 0.25 * before + 0.75 * after, atol=1e-6)


def test_a_network_learns_topics_beside_sentiment(
    data: Path, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With texts of topics, the layers learn from both, and sentiment is learned as well as without topics."""
    monkeypatch.setattr("services.training.topics.labels.read_written", list)
    monkeypatch.setattr("services.training.topics.labels.read_passages", lambda *_: [])
    monkeypatch.setattr("services.training.topics.labels._read_pool", lambda _: [])
    topics = {"Mara\n\nleft Mara": "medtop:15000000", "Tarnby\n\nborn": "medtop:17000000"}
    rows: list[dict[str, Any]] = [
        {"id": text, "text": text, "topics": [topic], "split": "train"} for text, topic in topics.items()
    ] * 8
    (data / "topics").mkdir()
    write_rows(data / LABELS_OF_TOPICS, rows)
    texts = [row["text"] for row in rows]
    write_topics(tmp_path / "taught.jsonl", texts, build_targets(rows))
    options = ArticleOptions(epochs=12, piece_budget=60, encoder_rate=3e-3, head_rate=1e-2)
    report = train_article(
        data, tmp_path / "run", options, source=source, labels=None, threads=1, topics=tmp_path / "taught.jsonl"
    )
    assert report["epochs"][-1]["macro_f1"] > 0.9
    lessons = TopicLessons(data, tmp_path / "taught.jsonl", PieceCutter(make_tokenizer()), SMALL.width)
    network = open_article_network(tmp_path / "run")
    before = [lessons.compute_loss(network, batch) for batch in lessons.make_epoch(60, random.Random(1))]
    assert sum(map(len, lessons.make_epoch(60, random.Random(1)))) == len(rows)
    sum(before).backward()
    assert network.body.layers[0].qkv.weight.grad.abs().sum() > 0
    assert network.article_outer.weight.grad is None


def test_the_states_of_both_passages_are_joined_without_their_last_piece() -> None:
    """A text has the states of its headline and of its body; [SEP] and padding are not among them."""
    states = torch.arange(18, dtype=torch.float32).view(3, 3, 2)
    mask = torch.tensor([[True, True, True], [True, True, False], [True, True, True]])
    joined, present = join_passages(states, leave_out_last(mask), torch.tensor([0, 1, 2]), 2)
    assert joined[0][present[0]].tolist() == [[0, 1], [2, 3], [6, 7]]
    assert joined[1][present[1]].tolist() == [[12, 13], [14, 15]]


def test_the_exported_graph_computes_what_the_network_does(cutter: PieceCutter) -> None:
    """The graph of articles, in float and in int8, computes the network's logits for texts of equal length."""
    torch.manual_seed(3)
    network = ArticleNetwork(Network(SMALL), share_embeddings=True).eval()
    cut = [cutter.cut("Mara left Mara ."), cutter.cut("left . Mara born")]
    arrays = {name.removeprefix("body."): tensor.numpy() for name, tensor in network.state_dict().items()}
    feeds = lay_out([Window(index, 0, 4, 0, 4) for index in range(2)], cut)
    ids, casings = (torch.from_numpy(feeds[name]) for name in ("ids", "casings"))
    with torch.no_grad():
        expected = network(ids, casings, torch.ones_like(ids, dtype=torch.bool)).numpy()
    embeddings = open_session(build_embeddings(arrays).SerializeToString())
    for ranges, tolerance in ((None, 0.02), (observe_article_ranges(arrays, SMALL, cut, seed=1), 0.1)):
        layers = open_session(build_article_graph(arrays, SMALL, ranges).SerializeToString())
        (found,) = run_layers(embeddings, layers, (POLARITY_LOGITS,), feeds)
        assert np.abs(found - expected).max() < tolerance


def test_a_dequantised_network_of_articles_equals_the_exported_one(cutter: PieceCutter, tmp_path: Path) -> None:
    """The network of articles in exported weights can learn further: it has the levels of its int8 matrices."""
    torch.manual_seed(3)
    network = ArticleNetwork(Network(SMALL), share_embeddings=True)
    arrays = {name.removeprefix("body."): tensor.numpy() for name, tensor in network.state_dict().items()}
    ranges = observe_article_ranges(arrays, SMALL, [cutter.cut("Mara left Mara .")], seed=1)
    shifted = arrays["article_outer.bias"] + NEUTRAL_SHIFT * np.eye(3, dtype=np.float32)[POLARITIES.index("neutral")]
    graph = build_article_graph(arrays | {"article_outer.bias": shifted}, SMALL, ranges)
    (tmp_path / ARTICLE).write_bytes(graph.SerializeToString())
    encoder = {name: array for name, array in arrays.items() if not name.startswith("article_")}
    described = {"inputs": {"shape": asdict(SMALL), "start": {}}}
    dequantise_article(tmp_path, tmp_path, encoder, described, {"name": "desk"})
    again = open_article_network(tmp_path).state_dict()
    for name, tensor in network.state_dict().items():
        assert torch.allclose(again[name], tensor, atol=0.01), name
    assert torch.equal(again["body.layers.0.output_norm.weight"], network.body.layers[0].output_norm.weight)


def test_a_long_text_is_cut_as_at_run_time(cutter: PieceCutter) -> None:
    """A network in training reads no more of a text than the service does."""
    assert len(cut_text(cutter, "Mara " * 200).ids) == PASSAGE_PIECES + 2
