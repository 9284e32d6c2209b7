"""Peak memory of a process with its descendants."""

import mmap
import subprocess
import sys
from pathlib import Path

import pytest

from readkin.parallel.mpi import OneProcess
from readkin.parallel.peak_memory import PeakMemory, family, memory_of

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow_scripts"
LINUX = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux")

# Allocates the number of megabytes in the argument between two samples, and releases them.
SHORT_PEAK = """
import sys
import numpy as np
from readkin.parallel.peak_memory import PeakMemory
with PeakMemory() as memory:
    before = memory.peak_mb()
    np.ones(int(sys.argv[1]) << 20, np.uint8)
    print(memory.peak_mb() - before)
"""


@LINUX
def test_short_peak_is_not_missed():
    done = subprocess.run(
        [sys.executable, "-c", SHORT_PEAK, "200"],
        capture_output=True,
        text=True,
        check=True,
        cwd=SCRIPTS,
    )
    assert 190 < float(done.stdout) < 230


@LINUX
def test_descendants_count():
    code = (
        "import sys, time; held = bytearray(150 << 20); print('held', flush=True); sys.stdin.read()"
    )
    with PeakMemory() as memory:
        before = memory._largest_sum / 1024
        with subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            assert str(child.pid) in family()
            assert memory_of(str(child.pid)).resident > 150 << 10
            memory.peak_mb()
            assert memory._largest_sum / 1024 > before + 150
            child.communicate()
        assert str(child.pid) not in family()


@LINUX
def test_memory_that_two_processes_share_counts_once(tmp_path):
    size = 100 << 20
    file = tmp_path / "shared"
    file.write_bytes(bytes(size))
    code = (
        "import mmap, sys; f = open(sys.argv[1], 'r+b'); m = mmap.mmap(f.fileno(), 0);"
        " sum(m[::4096]); print('held', flush=True); sys.stdin.read()"
    )
    with file.open("r+b") as opened, mmap.mmap(opened.fileno(), 0) as mapped:
        sum(mapped[::4096])
        before = memory_of("self").proportional
        with subprocess.Popen(
            [sys.executable, "-c", code, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            assert before - memory_of("self").proportional == pytest.approx(50 << 10, rel=0.1)
            assert memory_of(str(child.pid)).resident > size >> 10
            assert memory_of(str(child.pid)).proportional < 80 << 10
            child.communicate()


def test_process_that_is_gone_has_no_memory():
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    assert memory_of(str(done.pid)) == (0, 0)


def test_ranks_of_a_node_are_added_up():
    class Three(OneProcess):
        def gather(self, item):
            return [item, ("elsewhere", 10.0), (item[0], 5.0)]

    with PeakMemory() as memory:
        own, elsewhere = memory.by_node(Three()) or []
        assert own == pytest.approx(memory.peak_mb() + 5.0, rel=0.05)
    assert elsewhere == 10.0
