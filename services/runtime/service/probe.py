"""Health check of a container: `python -m services.runtime.service.probe PATH` asks the service's own page.

The images have neither a shell nor curl.
"""

from __future__ import annotations

import http.client
import sys
from collections.abc import Sequence

PORT = 8080
"""Port of every service's page in the images; deploy/Dockerfile sets it."""
TIMEOUT = 4.0
"""Seconds to wait for the answer. The images allow five seconds for the whole check."""


def main(arguments: Sequence[str]) -> int:
    """Print the page's answer; return 0 if its status is 200, else 1.

    The arguments are the path (`/live` if absent) and the port. Docker stores what is printed with the check's result.
    """
    path = arguments[0] if arguments else "/live"
    port = int(arguments[1]) if len(arguments) > 1 else PORT
    # urllib would ask the proxy that an environment variable names.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        print(answer.read().decode(errors="replace").strip())
    except (OSError, http.client.HTTPException) as error:
        print(f"no answer from http://127.0.0.1:{port}{path}: {type(error).__name__}: {error}")
        return 1
    finally:
        connection.close()
    return 0 if answer.status == http.client.OK else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
