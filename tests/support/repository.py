"""Where the files of a deployment lie, and what they are held against."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PARENT_MEBIBYTES = 384
"""What annotate's parent may take: 79 at rest, and records of up to 33 MB that wait."""
