"""Measurements of every system on one job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from services.enrichment.models import load_encoder
from services.evaluation.entities import evaluate_entities, score_tags
from services.evaluation.main_entity import evaluate_main_entity
from services.evaluation.sentiment import evaluate_sentiment, score_classes
from services.evaluation.valence import evaluate_valence
from services.processor.annotate.settings import AnnotateSettings
from services.processor.annotate.workers.batch import READ_AHEAD
from tests.benchmarks.scorecard.job import Job
from tests.benchmarks.scorecard.peers import HERE, CoreNlp, run_json, run_ours, run_spacy

MICRO_BATCH: Final[int] = AnnotateSettings.model_fields["batch_articles"].default
"""Articles that annotate gives a worker together: the setting's default."""

ReportProgress = Callable[[str], None]
Timer = Callable[[], dict[str, Any]]


@dataclass(slots=True)
class System:
    """System as one line of the scorecard; a figure that was not measured is absent."""

    name: str
    ours: bool
    figures: dict[str, float] = field(default_factory=dict)
    speeds: list[float] = field(default_factory=list)
    single_speeds: list[float] = field(default_factory=list)


def measure_ours(name: str, weights: Path, job: Job, report_progress: ReportProgress) -> System:
    """Measure the quality of one of our profiles."""
    report_progress(f"{name}: quality")
    system, encoder = System(name, ours=True), load_encoder(weights)
    for key, rows in job.entities.items():
        if rows:
            report = evaluate_entities(rows, encoder)
            system.figures[key] = report["per_org_loc"]["f1"] if key == "worldwide" else report["f1"]
    if job.targets:
        report = evaluate_sentiment(job.targets, encoder)
        system.figures.update(newsmtsc=report["macro_f1"], newsmtsc_error=report["calibration_error"])
    if job.articles:
        report = evaluate_main_entity(job.articles, encoder)
        system.figures.update(persent=report["macro_f1"], salient=report["most_salient"])
        system.figures["persent_error"] = report["calibration_error"]
    if job.leads:
        report = evaluate_valence(job.leads, encoder)
        system.figures.update(leads=report["macro_f1"], leads_error=report["calibration_error"])
    system.figures["model_mb"] = sum(path.stat().st_size for path in weights.iterdir() if path.is_file()) / 1e6
    return system


def measure_spacy(python: Path, job: Job, core: int) -> System:
    """Measure the quality of spaCy's small model."""
    system = System("spaCy en_core_web_sm", ours=False)
    tags = run_json([str(python), str(HERE / "run_spacy.py"), str(job.folder), "tags"], core)["tags"]
    _score(system, job, tags)
    return system


def measure_corenlp(peer: CoreNlp, job: Job, core: int) -> System:
    """Measure the quality of CoreNLP's CRF."""
    system = System("CoreNLP CRF, 4 classes", ours=False)
    rows = [row["tokens"] for rows in job.entities.values() for row in rows]
    if rows:
        _score(system, job, peer.tag(rows, job.folder, core)[0])
    return system


def measure_vader(python: Path, job: Job, core: int) -> System:
    """Measure the quality and speed of VADER."""
    system = System("VADER", ours=False)
    report = run_json([str(python), str(HERE / "run_vader.py"), str(job.folder)], core)
    if job.targets:
        system.figures["newsmtsc"] = max(_macro_f1(job.targets, report[key]) for key in ("whole", "around"))
    if job.articles:
        system.figures["persent"] = _macro_f1(job.articles, report["articles"])
    if job.leads:
        system.figures["leads"] = _macro_f1(job.leads, report["leads"])
    add_speed(system, report, job)
    if system.speeds:
        system.figures["speed"] = system.speeds[0]
    return system


def add_speed(system: System, report: dict[str, Any], job: Job) -> None:
    """Add one timing to the figures of a system."""
    if job.texts:
        system.speeds.append(job.words / report["seconds"])
        if "single_seconds" in report:
            system.single_speeds.append(job.words / report["single_seconds"])
    system.figures["memory_mb"] = max(system.figures.get("memory_mb", 0.0), report["memory_mb"])
    if "model_mb" in report:
        system.figures["model_mb"] = report["model_mb"]


def time_all(
    timers: Sequence[tuple[System, Timer]],
    baseline: System | None,
    job: Job,
    rounds: int,
    report_progress: ReportProgress,
) -> None:
    """Time the systems in turns, so that a change in the machine's load affects all; ratios are to the baseline.

    The best round of each system counts, because other work on the machine can only make a round slower.
    """
    for number in range(rounds):
        for system, timer in timers:
            report_progress(f"speed, round {number + 1} of {rounds}: {system.name}")
            add_speed(system, timer(), job)
    for system, _ in timers:
        for prefix, speeds in (("", system.speeds), ("single_", system.single_speeds)):
            if not speeds:
                continue
            system.figures[f"{prefix}speed"] = max(speeds)
            if baseline is not None:
                system.figures[f"{prefix}ratio"] = max(speeds) / max(baseline.speeds)


def build_spacy_timer(python: Path, job: Job, core: int) -> Timer:
    """Return a timer of spaCy's tok2vec and ner."""
    return lambda: run_spacy(python, job.folder, core)


def build_our_timer(weights: Path, job: Job, core: int) -> Timer:
    """Return a timer of one of our profiles: whole annotation, in the service's micro-batches and text by text."""

    def time() -> dict[str, Any]:
        single = run_ours(weights, job.folder, core, 1, 0)
        return {**run_ours(weights, job.folder, core, MICRO_BATCH, READ_AHEAD), "single_seconds": single["seconds"]}

    return time


def build_corenlp_timer(peer: CoreNlp, job: Job, core: int) -> Timer:
    """Return a timer of CoreNLP's CRF on tokens."""
    return lambda: peer.time(job.texts, job.folder, core)


def _score(system: System, job: Job, tags: Sequence[Sequence[str]]) -> None:
    following = iter(tags)
    for name, rows in job.entities.items():
        if rows:
            report = score_tags((row["tags"], next(following)) for row in rows)
            system.figures[name] = report["per_org_loc"]["f1"] if name == "worldwide" else report["f1"]


def _macro_f1(rows: Sequence[dict[str, Any]], predicted: Sequence[str]) -> float:
    pairs = Counter(zip((row["polarity"] for row in rows), predicted, strict=True))
    return float(score_classes(pairs)["macro_f1"])
