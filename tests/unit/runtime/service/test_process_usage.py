"""Tests of the readers of memory, CPU time and the memory limit."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.runtime.service.process_usage import CpuMeter, CpuTotal, find_memory_limit, read_resident_bytes

MACHINE_BYTES = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
NO_DESCRIPTOR_LEFT = """
import os, resource
from services.runtime.service.process_usage import CpuMeter, read_resident_bytes
read_resident_bytes(os.getpid())
taken = os.open("/dev/null", os.O_RDONLY)
resource.setrlimit(resource.RLIMIT_NOFILE, (taken + 1, taken + 1))
print(read_resident_bytes(os.getpid()), CpuMeter(os.getpid()).read_seconds())
"""


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], None),
        (["max"], None),
        (["268435456"], 268_435_456),
        (["max", "9223372036854771712"], None),
        (["536870912", "268435456"], 268_435_456),
    ],
)
def test_memory_limit(tmp_path: Path, texts: list[str], expected: int | None) -> None:
    """The limit is the smallest one of the control group; without one, it is the machine's memory."""
    files = [tmp_path / str(number) for number, _ in enumerate(texts)]
    for file, text in zip(files, texts, strict=True):
        file.write_text(f"{text}\n")
    assert find_memory_limit((tmp_path / "absent", *files)) == (expected or MACHINE_BYTES)


@pytest.fixture
def ended() -> Iterator[subprocess.Popen[bytes]]:
    """Give a child that has ended and that its parent has not collected (a zombie)."""
    child = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.read()
    while "Z" not in Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0]:
        time.sleep(0.001)
    yield child
    child.stdout.close()
    child.wait()


def test_this_process_has_memory_and_cpu_time() -> None:
    """The resident memory is below the peak that the kernel recorded, and CPU time is what the kernel counted."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    resident, seconds = read_resident_bytes(os.getpid()), CpuMeter(os.getpid()).read_seconds()
    assert 0 < resident <= resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 * 1.01
    assert seconds == pytest.approx(usage.ru_utime + usage.ru_stime, abs=0.1)


def test_a_process_that_is_not_collected_has_no_memory(ended: subprocess.Popen[bytes]) -> None:
    """A zombie has CPU time and no memory."""
    assert read_resident_bytes(ended.pid) == 0
    assert CpuMeter(ended.pid).read_seconds() is not None


def test_a_process_that_is_gone_has_nothing(ended: subprocess.Popen[bytes]) -> None:
    """A process that was collected has no memory, and its CPU time is unknown."""
    ended.wait()
    assert (read_resident_bytes(ended.pid), CpuMeter(ended.pid).read_seconds()) == (0, None)


def test_a_process_without_a_free_descriptor_reads_nothing() -> None:
    """Readers that cannot open a file give 0 and None, and raise nothing."""
    found = subprocess.run(
        [sys.executable, "-c", NO_DESCRIPTOR_LEFT], capture_output=True, text=True, check=True, env=os.environ
    )
    assert found.stdout.split() == ["0", "None"]


def test_the_cpu_time_of_several_processes_never_falls() -> None:
    """The total has the time of processes that ended since the last reading, and of new ones."""
    code = "import time\nwhile time.process_time() < 0.2: pass\nprint(flush=True); input()"
    pids: list[int] = []
    total = CpuTotal(lambda: pids)
    assert total.read_seconds() == 0
    for number in (1, 2):
        with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            child.stdout.readline()
            pids[:] = [child.pid]
            assert total.read_seconds() >= number * 0.15
            child.kill()
        pids.clear()
        assert total.read_seconds() >= number * 0.15
