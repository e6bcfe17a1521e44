"""`python -m services.sink`: run the sink, configured by environment variables."""

from __future__ import annotations

import os
import sys

from services.sink.bootstrap import main

if __name__ == "__main__":
    sys.exit(main(os.environ))
