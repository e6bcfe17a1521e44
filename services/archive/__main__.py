"""Entry point of `python -m services.archive`: one archive service, with settings from the environment."""

from __future__ import annotations

import os
import sys

from services.archive.bootstrap import main

if __name__ == "__main__":
    sys.exit(main(os.environ))
