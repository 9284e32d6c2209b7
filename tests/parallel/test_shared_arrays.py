"""Arrays shared by the ranks of a node."""

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

from readkin.parallel import shared_arrays
from readkin.parallel.mpi import OneProcess
from readkin.parallel.shared_arrays import NoSharedMemoryError

START = """
import json, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import numpy as np
from readkin.parallel import shared_arrays
from readkin.parallel.mpi import world
ranks = world(int(sys.argv[2]))
shared_arrays.MEMORY_FOLDER = sys.argv[3]
"""

# All ranks see the arrays, also after the others have released theirs.
MAKE = """
def make():
    Path(sys.argv[3], f"made by {ranks.rank}").touch()
    yield np.arange(24, dtype=np.uint16).reshape(4, 6)[:, ::2]
    yield np.zeros((0, 3), np.int8)
    yield np.array(7.5)
    yield np.array([(1, 2.5), (3, 4.5)], [("a", ">i4"), ("b", "<f8")])
def describe(array):
    return [array.tolist(), list(array.shape), array.dtype.descr,
            array.flags.writeable, array.flags.c_contiguous]
def maps():
    lines = [line.split() for line in Path("/proc/self/maps").read_text().splitlines()]
    return [[words[1], *words[3:]] for words in lines if "readkin-" in words[-2]]
arrays = ranks.one_per_node(make)
results = {"maps": maps()}
if ranks.rank < ranks.size - 1:
    results["arrays"] = [describe(array) for array in arrays]
    del arrays
ranks.barrier()
if ranks.rank == ranks.size - 1:
    results["arrays"] = [describe(array) for array in arrays]
    del arrays
results["maps left"] = maps()
everything = ranks.gather(results)
if ranks.is_root:
    print(json.dumps(everything))
"""

DROPPED = """
import weakref
before = None
def make():
    global before
    for number in range(3):
        assert before is None or before() is None
        array = np.full(10, number)
        before = weakref.ref(array)
        yield array
        del array
arrays = ranks.one_per_node(make)
if ranks.is_root:
    print([int(array[0]) for array in arrays])
"""

FAILING = """
def make():
    yield np.arange(3)
    raise ValueError("make broke")
ranks.one_per_node(make)
print("continued")
"""

OBJECTS = "ranks.one_per_node(lambda: [np.array([None])])"


@pytest.fixture
def folder(tmp_path):
    """Folder used instead of /dev/shm."""
    path = tmp_path / "memory"
    path.mkdir()
    return path


@pytest.fixture
def run_program(tmp_path, folder, run_ranks, pytestconfig):
    def run(source, n_ranks, folder=folder):
        path = tmp_path / "program.py"
        path.write_text(START + source)
        return run_ranks(n_ranks, path, pytestconfig.rootpath / "workflow_scripts", n_ranks, folder)

    return run


@pytest.fixture
def full(monkeypatch):
    """Set of folders without space."""
    folders = set()

    def allocate(descriptor, offset, length):
        if str(Path(f"/proc/self/fd/{descriptor}").readlink().parent) in folders:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", allocate)
    return folders


@pytest.mark.parametrize("n_ranks", [1, 2, 3])
def test_all_ranks_see_what_one_makes(n_ranks, run_program, folder):
    done = run_program(MAKE, n_ranks)
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert len(results) == n_ranks
    for rank in results:
        assert rank["arrays"] == [
            [np.arange(24).reshape(4, 6)[:, ::2].tolist(), [4, 3], [["", "<u2"]], False, True],
            [[], [0, 3], [["", "|i1"]], False, True],
            [7.5, [], [["", "<f8"]], False, True],
            [[[1, 2.5], [3, 4.5]], [2], [["a", ">i4"], ["b", "<f8"]], False, True],
        ]
    assert [path.name for path in folder.iterdir()] == ["made by 0"]


def test_the_ranks_of_a_node_have_one_copy(run_program):
    results = json.loads(run_program(MAKE, 3).stdout)
    assert len(results[0]["maps"]) == 4
    for rank in results:
        assert sorted(rank["maps"]) == sorted(results[0]["maps"])  # same files
        assert {words[0] for words in rank["maps"]} == {"r--s"}
        assert {words[-1] for words in rank["maps"]} == {"(deleted)"}
        assert rank["maps left"] == []


def test_an_array_is_released_before_the_next_is_made(run_program):
    done = run_program(DROPPED, 2)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [0, 1, 2]


def test_a_maker_that_fails_ends_all(run_program, folder):
    done = run_program(FAILING, 2)
    assert done.returncode != 0
    assert "make broke" in done.stderr
    assert "continued" not in done.stdout
    assert not list(folder.iterdir())


def test_objects_are_refused(run_program):
    done = run_program(OBJECTS, 2)
    assert done.returncode != 0
    assert "found an array of object, expected numbers" in done.stderr


def test_one_process_makes_its_own():
    source = np.arange(6).reshape(2, 3)
    plain, transposed = OneProcess().one_per_node(lambda: [source, source.T])
    assert np.shares_memory(plain, source)
    assert transposed.flags.c_contiguous
    assert transposed.tolist() == source.T.tolist()
    assert source.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        plain[0] = 1


def test_space_is_reserved(folder, monkeypatch):
    monkeypatch.setattr(shared_arrays, "MEMORY_FOLDER", str(folder))
    descriptor, path = shared_arrays._reserved_file(100_000)
    os.close(descriptor)
    assert path.parent == folder
    assert path.stat().st_size == 100_000
    assert path.stat().st_blocks * 512 >= 100_000


def test_without_space_in_memory_the_file_is_in_tmpdir(folder, full, monkeypatch, tmp_path):
    monkeypatch.setattr(shared_arrays, "MEMORY_FOLDER", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    full.add(str(folder))
    descriptor, path = shared_arrays._reserved_file(10)
    os.close(descriptor)
    assert path.parent == tmp_path
    assert not list(folder.iterdir())


def test_without_memory_folder_tmpdir_serves(run_program):
    done = run_program("print(ranks.one_per_node(lambda: [np.arange(3)])[0].sum())", 2, "/none")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["3", "3"]


def test_no_space_anywhere_is_reported(folder, full, monkeypatch):
    monkeypatch.setattr(shared_arrays, "MEMORY_FOLDER", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    full.add(str(folder))
    with pytest.raises(
        NoSharedMemoryError, match=r"^shared array of 12 GB: found no space \(.*No space left"
    ):
        shared_arrays._reserved_file(12 * 10**9)
    assert not list(folder.iterdir())
