"""Revision of an annotation: a hash over everything besides the article that decides what the annotation says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from services.contracts.event import Model

HASH_BYTES = 8
"""Length of a hash. One installation sees a few thousand revisions at most: with 64 bits, two are never equal."""


def hash_revision(pipeline: str, models: Mapping[str, Model], options: Mapping[str, object]) -> str:
    """Return 16 hexadecimal digits: BLAKE2b (RFC 7693) over the version of the code, the models and the options.

    The order of models and options does not matter. The options must be values of JSON.
    """
    parts = {
        "pipeline": pipeline,
        "models": {name: [model.name, model.version, model.sha256] for name, model in models.items()},
        "options": options,
    }
    encoded = json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.blake2b(encoded, digest_size=HASH_BYTES, person=b"copydesk-rev-1").hexdigest()
