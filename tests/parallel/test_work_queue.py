"""Work queue: each item is taken once, and no rank waits for a slow one."""

import json
from itertools import chain
from types import SimpleNamespace

import pytest

from readkin.parallel.mpi import OneProcess
from readkin.parallel.work_queue import SharedWorkQueue

START = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
from readkin.parallel.mpi import world
ranks = world(int(sys.argv[2]))
"""

COUNTS = [0, 1, 5, 1000]

SEVERAL_LOOPS = f"""
loops = []
for n_items in {COUNTS}:
    queue = ranks.work_queue(n_items)
    steps = [(item, queue.finished) for item in queue]
    loops.append({{"items": [item for item, _ in steps], "end": queue.finished,
                  "finished": [finished for _, finished in steps]}})
everything = ranks.gather(loops)
if ranks.is_root:
    print(json.dumps(everything))
"""

# The root stays at its first item until the others have finished all the rest.
SLOW_ROOT = """
queue = ranks.work_queue(31)
ranks.barrier()
mine = []
for item in queue:
    while ranks.is_root and queue.finished < 30:
        time.sleep(0.001)
    mine.append(item)
everything = ranks.gather(mine)
if ranks.is_root:
    print(json.dumps(everything))
"""

# The other rank would stay at its first item forever.
FAILING = """
for item in ranks.work_queue(100):
    if ranks.rank == int(sys.argv[3]):
        raise ValueError(f"item broke on rank {ranks.rank}")
    while True:
        time.sleep(0.01)
ranks.barrier()
print("continued")
"""

NO_THREADS = "import mpi4py\nmpi4py.rc.thread_level = 'serialized'\n"


@pytest.fixture
def run_program(tmp_path, run_ranks, pytestconfig):
    def run(source, n_ranks, *arguments):
        path = tmp_path / "program.py"
        path.write_text(source)
        return run_ranks(
            n_ranks, path, pytestconfig.rootpath / "workflow_scripts", n_ranks, *arguments
        )

    return run


@pytest.mark.parametrize("n_ranks", [1, 2, 3])
def test_each_item_is_taken_once(n_ranks, run_program):
    done = run_program(START + SEVERAL_LOOPS, n_ranks)
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert len(results) == n_ranks
    for loop, n_items in enumerate(COUNTS):
        assert sorted(chain.from_iterable(rank[loop]["items"] for rank in results)) == list(
            range(n_items)
        )


@pytest.mark.parametrize("n_ranks", [1, 3])
def test_the_root_knows_what_all_have_finished(n_ranks, run_program):
    results = json.loads(run_program(START + SEVERAL_LOOPS, n_ranks).stdout)
    for loop, n_items in enumerate(COUNTS):
        root, *others = (rank[loop] for rank in results)
        assert root["finished"] == sorted(root["finished"])
        assert all(before < n_items for before in root["finished"])
        assert root["end"] == n_items
        assert all(rank["end"] == len(rank["items"]) for rank in others)


@pytest.mark.parametrize("n_ranks", [2, 3])
def test_others_continue_while_the_root_is_busy(n_ranks, run_program):
    done = run_program(START + SLOW_ROOT, n_ranks)
    assert done.returncode == 0, done.stderr
    root, *others = json.loads(done.stdout)
    assert len(root) <= 1
    assert sorted(chain(root, *others)) == list(range(31))


@pytest.mark.parametrize("failing", [0, 1])
def test_a_rank_that_fails_ends_all(failing, run_program):
    done = run_program(START + FAILING, 2, failing)
    assert done.returncode != 0
    assert f"item broke on rank {failing}" in done.stderr
    assert "continued" not in done.stdout


def test_an_mpi_without_threads_is_refused(run_program):
    done = run_program(NO_THREADS + START + "ranks.work_queue(1)", 2)
    assert done.returncode != 0
    assert done.stderr.count("expected MPI_THREAD_MULTIPLE") == 1


@pytest.mark.parametrize("n_items", [0, 1, 7, 64, 1000, 100_000])
@pytest.mark.parametrize("size", [1, 2, 200])
def test_requests_get_smaller(n_items, size):
    queue = SharedWorkQueue(n_items, SimpleNamespace(Get_size=lambda: size), tag=1)
    requests = [queue._take() for _ in range(n_items + 1)]
    taken = [request for request in requests if request]
    assert [item for request in taken for item in request] == list(range(n_items))
    lengths = [len(request) for request in taken]
    assert lengths == sorted(lengths, reverse=True)
    assert not requests[-1]
    if n_items:
        assert lengths[0] <= max(1, n_items / size / 16)
        assert lengths[-1] == 1


def test_one_process_takes_all():
    queue = OneProcess().work_queue(3)
    assert [(item, queue.finished) for item in queue] == [(0, 0), (1, 1), (2, 2)]
    assert queue.finished == 3
