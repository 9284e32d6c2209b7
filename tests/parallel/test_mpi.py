"""MPI ranks: one process and real ranks behave alike."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readkin.parallel.mpi import OneProcess, joined, weighted_split, world

PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from pathlib import Path
from readkin.parallel.mpi import root_first, world
ranks = world(int(sys.argv[2]))
me = ranks.rank
def fill(arrays, part, parts):
    arrays[0][7 * part // parts : 7 * (part + 1) // parts] += 1 + part
parts = [np.arange(me * 10 + to, dtype=np.uint64) for to in range(ranks.size)]
results = {
    "received": [part.tolist() == list(range(source * 10 + me))
            for source, part in enumerate(ranks.exchange(parts))],
    "sum": ranks.sum(me + 1),
    "total": ranks.total(np.array([[me, 1], [10, 0]], np.uint32)).tolist(),
    "before": ranks.total_before(np.array([me + 1, 1])).tolist(),
    "filled": [array.tolist() for array in ranks.filled_on_node(
        [((7,), np.int64), ((0, 2), np.uint8)], fill)],
    "broadcast": ranks.broadcast("root" if ranks.is_root else "other"),
    "all": ranks.all_gather(me),
    "concatenated": None if (whole := ranks.concatenated(np.full(me, me < 2))) is None
        else whole.tolist(),
    "items": list(ranks.work_queue(7)),
}
def act():
    results["root was first"] = ranks.is_root or Path(sys.argv[3]).exists()
    Path(sys.argv[3]).touch()
root_first(ranks, act)
ranks.barrier()
everything = ranks.gather(results)
if ranks.is_root:
    print(json.dumps(everything))
"""


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


@pytest.mark.parametrize("n_ranks", [1, 2, 3])
def test_collective_operations(n_ranks, program, run_ranks, pytestconfig, tmp_path):
    scripts = pytestconfig.rootpath / "workflow_scripts"
    done = run_ranks(n_ranks, program, scripts, n_ranks, tmp_path / "mark")
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert len(results) == n_ranks
    assert all(all(rank["received"]) for rank in results)
    assert {rank["sum"] for rank in results} == {n_ranks * (n_ranks + 1) // 2}
    total = [[n_ranks * (n_ranks - 1) // 2, n_ranks], [10 * n_ranks, 0]]
    assert all(rank["total"] == total for rank in results)
    filled = np.repeat(
        np.arange(n_ranks) + 1, np.diff([7 * part // n_ranks for part in range(n_ranks + 1)])
    )
    assert all(rank["filled"] == [filled.tolist(), []] for rank in results)
    before = [[rank * (rank + 1) // 2, rank] for rank in range(n_ranks)]
    assert [rank["before"] for rank in results] == before
    assert {rank["broadcast"] for rank in results} == {"root"}
    assert all(rank["root was first"] for rank in results)
    assert all(rank["all"] == list(range(n_ranks)) for rank in results)
    whole = [rank < 2 for rank in range(n_ranks) for _ in range(rank)]
    assert [rank["concatenated"] for rank in results] == [whole] + [None] * (n_ranks - 1)
    assert sorted(item for rank in results for item in rank["items"]) == list(range(7))


def test_a_world_of_another_size_is_refused_by_the_root_alone(program, run_ranks, pytestconfig):
    done = run_ranks(2, program, pytestconfig.rootpath / "workflow_scripts", 3, "unused")
    assert done.returncode != 0
    assert done.stderr.count("WrongRankCountError: --ranks: found 2 MPI ranks, expected 3") == 1


def test_one_rank_that_fails_ends_all(tmp_path, run_ranks):
    path = tmp_path / "program.py"
    path.write_text(
        "from mpi4py import MPI\n"
        "if MPI.COMM_WORLD.rank == 1: raise ValueError('rank one broke')\n"
        "MPI.COMM_WORLD.Barrier()\n"
    )
    done = run_ranks(2, path)
    assert done.returncode != 0
    assert "rank one broke" in done.stderr


def test_consecutive_parts_are_joined_without_a_copy():
    whole = np.arange(9)
    for bounds in ([], [0, 4], [4, 9, 9]):
        parts = np.split(whole, bounds)
        assert np.shares_memory(joined(parts), whole)
        assert joined(parts).tolist() == whole.tolist()
    for parts in (
        np.split(whole, [3, 6])[::-1],
        np.split(whole, [3, 6])[1:],
        [whole[:4], whole[:5]],
        [whole[::2], whole[1::2]],
        [whole[:3], np.arange(6)],
    ):
        assert joined(parts).tolist() == np.concatenate(parts).tolist()
    assert joined(np.split(whole.view(np.uint64), [3])).dtype == np.uint64


def test_one_process_needs_no_mpi():
    ranks = world(1)
    assert isinstance(ranks, OneProcess)
    assert ranks.exchange([np.arange(3)])[0].tolist() == [0, 1, 2]


@given(st.lists(st.integers(0, 1000), max_size=60), st.integers(1, 9))
def test_weighted_split(weights, parts):
    weight = np.array(weights, np.int64)
    bounds = weighted_split(weight, parts)
    assert len(bounds) == parts + 1
    assert bounds[0] == 0
    assert bounds[-1] == len(weights)
    assert (np.diff(bounds) >= 0).all()
    largest = max((weight[a:b].sum() for a, b in pairwise(bounds)), default=0)
    assert largest <= weight.sum() / parts + weight.max(initial=0)
