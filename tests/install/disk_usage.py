"""Size of an environment on disk, by package: `python -m tests.install.disk_usage`. It needs no other package."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

LIMIT = 450_000_000
"""Maximum bytes of .venv on disk after `make demo`."""
SHOWN = 15
"""Number of packages that are listed."""


def measure_files(paths: Iterable[Path]) -> int:
    """Return the bytes that files have on disk, in whole blocks, as `du` counts them; a hard link counts once."""
    seen = set()
    size = 0
    for path in paths:
        if path.is_symlink() or not path.exists():
            continue
        status = path.stat()
        if (status.st_dev, status.st_ino) not in seen:
            seen.add((status.st_dev, status.st_ino))
            # POSIX counts in units of 512 bytes, whatever the file system's block is.
            size += status.st_blocks * 512
    return size


def measure_package(package: Distribution) -> int:
    """Return the bytes of a package's files on disk, without modules that Python compiled when it imported them."""
    return measure_files(Path(str(file.locate())) for file in package.files or () if file.suffix != ".pyc")


def read_names(lock: Path) -> set[str]:
    """Return the names of the packages that a lock file installs."""
    return set(re.findall(r"^([a-z0-9][a-z0-9-]*)==", lock.read_text(encoding="utf-8"), re.MULTILINE))


def normalise(name: str) -> str:
    """Return a package's name as locks write it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> int:
    """Print the largest packages and the total of this environment. Return 1 if it is larger than LIMIT, else 0."""
    sizes = sorted(((measure_package(package), normalise(package.name)) for package in distributions()), reverse=True)
    for size, name in sizes[:SHOWN]:
        print(f"{size / 1e6:8.1f} MB  {name}")
    total = measure_files(Path(sys.prefix).rglob("*"))
    print(f"{total / 1e6:8.1f} MB  {sys.prefix}, of at most {LIMIT / 1e6:.0f} MB; {len(sizes)} packages")
    return 1 if total > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
