"""`python -m services.runtime.service.probe PATH`: asks this container's own page, without a shell or curl."""

from __future__ import annotations

import http.client
import sys
from collections.abc import Sequence

PORT = 8080
"""Of every service's page in the images, which set it (deploy/Dockerfile)."""
TIMEOUT = 4.0
"""Seconds; below the five that the images give the whole check."""


def main(arguments: Sequence[str]) -> int:
    """Print what the page says, which the engine keeps with the check's outcome; returns 0 when it is 200."""
    path = arguments[0] if arguments else "/live"
    port = int(arguments[1]) if len(arguments) > 1 else PORT
    # Not urllib, which would ask a proxy that the environment names.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        print(answer.read().decode(errors="replace").strip())
    except (OSError, http.client.HTTPException) as error:
        print(f"no answer: {type(error).__name__}: {error}")
        return 1
    finally:
        connection.close()
    return 0 if answer.status == http.client.OK else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
