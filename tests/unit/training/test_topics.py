"""Training of topics in miniature: what is read, what teachers pass on, and what the exported network answers."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `training` is not installed")

from services.enrichment.models import load_topic_classifier  # noqa: E402
from services.enrichment.models.piece_cutter import PieceCutter  # noqa: E402
from services.enrichment.models.topic_network import TOKENIZER  # noqa: E402
from services.enrichment.models.topic_states import StateArrays, StateNetwork  # noqa: E402
from services.training.manifest import write_record  # noqa: E402
from services.training.rows import write_rows  # noqa: E402
from services.training.topics import tune as tune_module  # noqa: E402
from services.training.topics.confusion import NONE, build_confusion  # noqa: E402
from services.training.topics.export import _quantise_states, export_topics  # noqa: E402
from services.training.topics.labels import (  # noqa: E402
    LABELS,
    Targets,
    build_targets,
    list_topics,
    read_taught,
    read_written,
    write_taught,
)
from services.training.topics.names import NameExchange  # noqa: E402
from services.training.topics.network import TopicNetwork, read_exported  # noqa: E402
from services.training.topics.passages import read_passages  # noqa: E402
from services.training.topics.states import StateOptions, StatePooling, _learn, lay_out_states  # noqa: E402
from services.training.topics.teach import answer, answer_all, fit  # noqa: E402
from services.training.topics.texts import TopicTexts  # noqa: E402
from services.training.topics.train import (  # noqa: E402
    CHECKPOINT,
    INPUTS,
    cut_topics_text,
    open_topic_network,
    read_topic_logits,
)
from services.training.topics.tune import TuneOptions, label, tune  # noqa: E402
from tests.unit.training.miniature import SMALL, make_tokenizer  # noqa: E402

SPORT, WEATHER = "medtop:15000000", "medtop:17000000"
TOP, BELOW = len(list_topics(1)), len(list_topics(2))


def make_row(number: int) -> dict[str, Any]:
    """Return a held-back row: Mara is sport, Tarnby is weather."""
    text, topics = ("Mara left.", [SPORT]) if number % 2 else ("Tarnby", [WEATHER, SPORT])
    return {"id": f"row-{number}", "text": text, "topics": topics, "split": "dev"}


def test_the_first_topic_has_the_largest_share() -> None:
    """The main answer learns the first topic above all; each topic is right on its own."""
    targets = build_targets([make_row(0), make_row(1)])
    at = {topic: number for number, topic in enumerate(list_topics(1))}
    assert targets.main.argmax(1).tolist() == [at[WEATHER], at[SPORT]]
    assert targets.main.sum(1).tolist() == pytest.approx([1, 1])
    assert targets.each.sum(1).tolist() == [2, 1]


def test_taught_texts_are_read_as_they_were_written(tmp_path: Path) -> None:
    """The second level is unknown again where it was unknown."""
    rng = np.random.default_rng(0)
    below = rng.random((2, BELOW), np.float32)
    below[1] = np.nan
    targets = Targets(rng.random((2, TOP), np.float32), rng.random((2, TOP), np.float32), below)
    write_taught(tmp_path / "taught", ["one", "two"], targets)
    texts, found = read_taught(tmp_path / "taught")
    assert texts == ["one", "two"] and found.below is not None
    for wanted, read in ((targets.main, found.main), (targets.each, found.each), (below, found.below)):
        assert np.allclose(wanted, read, atol=1e-4, equal_nan=True)


def test_a_teacher_learns_from_embeddings() -> None:
    """A teacher separates two kinds of embeddings, and texts without labels get its answers."""
    rng = np.random.default_rng(0)
    rows = [make_row(number) for number in range(40)]
    states = rng.normal(0, 0.02, (50, 8)).astype(np.float32)
    states[np.arange(50), np.arange(50) % 2] += 0.5
    targets, unknown = build_targets(rows), np.full((40, BELOW), np.nan, np.float32)
    teacher = fit(states[:40], targets, unknown, seed=1)
    main = answer(teacher, states[40:])[:, :TOP].argmax(1)
    assert [list_topics(1)[number] for number in main] == [WEATHER, SPORT] * 5
    answers = answer_all(states, targets, unknown)
    assert answers.main.shape == (50, TOP)
    assert answers.main.sum(1).tolist() == pytest.approx([1] * 50, abs=1e-4)


def test_exported_weights_answer_as_the_network(tmp_path: Path) -> None:
    """The exported network has the logits of the trained one, but for the rounding of the vectors of pieces.

    So has the network that is read from the exported weights.
    """
    torch.manual_seed(3)
    tokenizer, run = make_tokenizer(), tmp_path / "run"
    run.mkdir()
    tokenizer.save(str(run / TOKENIZER))
    network = TopicNetwork(torch.randn(200, 16), TOP, BELOW)
    torch.nn.init.normal_(network.casings.weight)
    torch.save(network.state_dict(), run / CHECKPOINT)
    write_record(run / INPUTS, {"texts": 0})
    (tmp_path / LABELS).parent.mkdir()
    write_rows(tmp_path / LABELS, map(make_row, range(20)))

    export_topics(tmp_path, run, tmp_path / "weights", name="small", version="1.0.0")

    exported: Any = load_topic_classifier(tmp_path / "weights")
    assert exported.identity.name == "small"
    cutter = PieceCutter.from_file(run / TOKENIZER)
    for text in ("Mara left.", "Tarnby", "Mara", "born - Tarnby left Mara . . born"):
        cut = cut_topics_text(cutter, text)
        (wanted,) = read_topic_logits(open_topic_network(run), [cut])
        (again,) = read_topic_logits(read_exported(tmp_path / "weights", TOP, BELOW), [cut])
        assert np.allclose(exported._run(np.array(cut.ids), np.array(cut.casings)), wanted, atol=0.05)
        assert np.allclose(again, wanted, atol=0.05)


def test_a_network_over_states_learns_and_is_exported() -> None:
    """It separates two kinds of texts by one of their states, and the run-time network has the same logits."""
    torch.manual_seed(3)
    rng = np.random.default_rng(0)
    states = [rng.normal(2, 0.5, (rng.integers(3, 9), 8)).astype(np.float16) for _ in range(200)]
    for number, own in enumerate(states):
        own[2, number % 2] += 4
    targets = build_targets([make_row(number) for number in range(200)])
    unknown = np.full((200, BELOW), np.nan, np.float32)
    lessons = TopicTexts(*map(torch.from_numpy, (targets.main, targets.each, unknown, np.ones(200, np.float32))))
    network = StatePooling(8, TOP, BELOW)
    _learn(network, states, lessons, StateOptions(epochs=40, rate=2e-2))
    logits = network.eval()(*lay_out_states(states)).detach().numpy()
    assert [list_topics(1)[number] for number in logits[:, :TOP].argmax(1)] == [WEATHER, SPORT] * 100
    arrays: Any = _quantise_states(network)
    exported = StateNetwork(StateArrays(**arrays), [])
    for own, wanted in zip(states[:20], logits, strict=False):
        read = exported.run([own[:1].astype(np.float32), own[1:].astype(np.float32)])
        assert np.allclose(read, wanted, atol=0.1)


def test_the_picture_has_every_pair() -> None:
    """The picture of the confusion has a cell for each pair, with the number of its texts."""
    picture = build_confusion({("sport", "sport"): 41, ("weather", NONE): 7})
    assert picture.startswith("<svg") and ">41</text>" in picture and ">7</text>" in picture
    assert "sport (41)" in picture and "weather (7)" in picture


def test_names_are_exchanged_for_names_of_other_texts() -> None:
    """Capitalised words inside a sentence are exchanged; other words and the beginnings of sentences stay."""
    cutter = PieceCutter(make_tokenizer())
    texts = [cut_topics_text(cutter, text) for text in ("born left Mara . Tarnby left", "left Tarnby born")]
    exchange, rng = NameExchange(cutter, texts), random.Random(1)
    varied = {tuple(exchange.vary(texts[0], 0, rng).ids) for _ in range(200)}
    name, other = (cutter.cut(name).ids for name in ("Mara", "Tarnby"))
    before, after = (cutter.cut(part).ids for part in ("born left", ". Tarnby left"))
    assert varied == {(*before, *name, *after), (*before, *other, *after)}


def test_texts_in_capitals_have_no_names() -> None:
    """No name is exchanged in a headline whose words all have capitals."""
    cutter = PieceCutter(make_tokenizer())
    texts = [cut_topics_text(cutter, text) for text in ("BORN LEFT MARA", "left Tarnby born")]
    exchange, rng = NameExchange(cutter, texts), random.Random(1)
    assert all(exchange.vary(texts[0], 0, rng) == texts[0] for _ in range(50))


SETS = {
    "articles/unlabelled.jsonl": [],
    "articles/newswire.jsonl": [],
    "sentiment/persent-dev.jsonl": [],
    "stories/ecbplus-even.jsonl": [],
    "cleaning/pages.jsonl": [],
    "ner/conll2003-train.jsonl": [{"tokens": "The mayor of Odd Bay resigned .".split()}],
    "ner/wikigold.jsonl": [],
    "sentiment/newsmtsc-train.jsonl": [],
    "sentiment/valence/vader-nyt-editorials.jsonl": [],
    "sentiment/valence/emobank-news.jsonl": [],
}


def test_passages_are_short_and_from_no_held_back_article(tmp_path: Path) -> None:
    """Articles are cut after their beginning, and an article with a held-back beginning is left out."""
    body = " ".join(f"The clerk of the town counted {number} votes on Monday." for number in range(40))
    kept, left = (
        {"id": f"bbc-{word}", "title": f"The {word} election in Odd Bay", "text": body} for word in ("a", "b")
    )
    for name, rows in (SETS | {"articles/unlabelled.jsonl": [kept, left]}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        write_rows(tmp_path / name, rows)
    held_back = [{"id": "x", "text": left["title"]}]
    labelled = [{"id": "y", "text": "Rain in the hills today\n\nIt will be wet until Friday. Then it clears up."}]
    passages = read_passages(tmp_path, held_back, labelled)
    assert "The mayor of Odd Bay resigned." in passages
    assert any("votes on Monday" in passage for passage in passages)
    assert not any(left["title"] in passage for passage in passages)
    assert max(map(len, passages)) <= 500 and passages == read_passages(tmp_path, held_back, labelled)


def test_written_texts_have_all_topics() -> None:
    """The project's own texts name known topics, and each topic of the top level is the main one of at least ten."""
    counts = Counter(row["topics"][0] for row in read_written() if row["topics"])
    assert set(counts) == set(list_topics(1)) and min(counts.values()) >= 10


def test_a_tuned_encoder_labels_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder that learned the labels gives their topics to the labelled texts and to a part of the others."""
    monkeypatch.setattr(tune_module, "read_base", lambda _: SimpleNamespace(name="small", shape=SMALL))
    monkeypatch.setattr(tune_module, "load_base", lambda *_: None)
    monkeypatch.setattr(tune_module, "FIXED_LAYERS", 1)
    rows = [make_row(number) for number in range(12)]
    monkeypatch.setattr(tune_module, "read_training", lambda _: (rows, ["Mara", "Tarnby Mara", "left"]))
    (tmp_path / "topics").mkdir()
    write_rows(tmp_path / LABELS, rows)
    (tmp_path / "tokenizer.json").write_text(make_tokenizer().to_str())
    options = TuneOptions(epochs=40, rate=3e-3)
    with pytest.raises(ValueError, match="topics tune"):
        label(tmp_path, tmp_path, tmp_path, tmp_path / "taught.jsonl", texts=2, threads=1)
    tune(tmp_path, tmp_path, tmp_path, options, threads=1)
    assert label(tmp_path, tmp_path, tmp_path, tmp_path / "taught.jsonl", texts=2, threads=1) == len(rows) + 2
    texts, targets = read_taught(tmp_path / "taught.jsonl")
    assert texts[: len(rows)] == [row["text"] for row in rows]
    assert set(texts[len(rows) :]) < {"Mara", "Tarnby Mara", "left"}
    assert targets.main.sum(1) == pytest.approx(1, abs=0.01)
    index = {topic: number for number, topic in enumerate(list_topics(1))}
    assert [targets.main[number].argmax() for number in range(2)] == [index[row["topics"][0]] for row in rows[:2]]


def test_a_text_about_nothing_has_no_topic() -> None:
    """Every topic is equally likely to be the main one of such a text, and none is right on its own."""
    targets = build_targets([make_row(0) | {"topics": []}])
    assert targets.main[0] == pytest.approx(1 / TOP)
    assert not targets.each.any()
    assert any(not row["topics"] for row in read_written())
