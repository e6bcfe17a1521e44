"""Entry point of `python -m services.ingest`: one ingest service, with settings from the environment."""

from __future__ import annotations

import os
import sys

from services.ingest.bootstrap import main

if __name__ == "__main__":
    sys.exit(main(os.environ))
