"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from services.cli.addresses import BOOTSTRAP_SERVERS, INGEST_URL
from services.contracts.identity import ID_BYTES, is_article_id
from services.contracts.raw import LanguageTag, Timestamp
from services.contracts.text.spelling import suggest
from services.runtime.service.settings import name_variable


def check_language(tag: str | None) -> str | None:
    """Return a language code as given. Raises typer.BadParameter if it is not valid."""
    try:
        return tag and TypeAdapter(LanguageTag).validate_python(tag)
    except ValidationError as error:
        raise typer.BadParameter(f"{tag!r} is not a language code such as en or pt-BR") from error


def check_ids(given: list[str] | None) -> list[str] | None:
    """Return article ids as given. Raises typer.BadParameter for one that no article can have."""
    wrong = next((one for one in given or () if not is_article_id(one)), None)
    if wrong is not None:
        raise typer.BadParameter(
            f"{wrong!r} is not the id of an article, which has {2 * ID_BYTES} hexadecimal digits; "
            "a panel shows it in its last line"
        )
    return given


def parse_time(text: str) -> datetime:
    """Return a time that is given in any of the forms of an article's times. Raises typer.BadParameter."""
    try:
        time: datetime = TypeAdapter(Timestamp).validate_python(text)
    except ValidationError as error:
        raise typer.BadParameter(f"{text!r} is not a time such as 2026-11-30 or 2026-11-30T08:00:00Z") from error
    return time


def require_choice(*choices: str) -> Callable[[str], str]:
    """Return a check of an argument. Its error names the choices, and the one that is probably meant."""

    def check(given: str) -> str:
        if given not in choices:
            raise typer.BadParameter(f"{given!r} is not one of {', '.join(choices)}{suggest(given, choices)}")
        return given

    return check


Files = Annotated[
    list[Path] | None, typer.Argument(help="Text, HTML, JSON or JSON Lines; - is standard input.", readable=False)
]
WeightsFolder = Annotated[Path | None, typer.Option(help="Folder of your own weights.")]
# The names of profiles and presets are written out here: this module must also load without the enrichment package.
PROFILES = ("accurate", "fast")
PRESETS = ("tight", "default", "broad")
EncoderProfile = Annotated[
    str,
    typer.Option(
        envvar=name_variable("annotate", "enrichment", "profile"),
        callback=require_choice(*PROFILES),
        help="Encoder weights: accurate, or fast for more articles a core.",
    ),
]
DefaultLanguage = Annotated[
    str | None,
    typer.Option(
        envvar=name_variable("annotate", "enrichment", "default_language"),
        callback=check_language,
        help="Language code of articles whose words leave their language open, such as en.",
    ),
]
KnowledgeBaseFolder = Annotated[
    Path | None,
    typer.Option(
        "--base",
        envvar=name_variable("annotate", "enrichment", "knowledge_base"),
        help="Folder of a knowledge base to link entities to, instead of the starter.",
    ),
]
EntityList = Annotated[
    Path | None,
    typer.Option(
        envvar=name_variable("annotate", "enrichment", "entity_list"),
        help="Your own list of entities, CSV or JSON Lines, which wins over the base.",
    ),
]
Url = Annotated[
    str | None,
    typer.Option(
        envvar=name_variable("client", "url"),
        help=f"Base URL of the ingest API; if absent, that of the desk that runs here, or {INGEST_URL}.",
    ),
]
ApiKey = Annotated[
    str | None, typer.Option(envvar=name_variable("client", "api_key"), help="API key, if the ingest API needs one.")
]
RulesFile = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        envvar=name_variable("sink", "rules"),
        help="Routing rules; if absent, those of the desk that runs here, or the example.",
    ),
]
BootstrapServers = Annotated[
    str | None,
    typer.Option(
        envvar=name_variable("kafka", "bootstrap_servers"),
        help=f"Kafka brokers, host:port; if absent, those of the desk that runs here, or {BOOTSTRAP_SERVERS}. "
        "COPYDESK_KAFKA__ variables set TLS and SASL.",
    ),
]
