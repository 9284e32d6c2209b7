"""Fault drill: a job that needs more memory than it asked for."""

import re
import time

import pytest

from cluster.drill import MakeFolder, Row, seconds_since, write_row
from cluster.slurm_cluster import ClusterSettings, running_cluster

pytestmark = [pytest.mark.drill, pytest.mark.timeout(400)]

STAGE = "cluster_reads"
# The two Snakemakes of a job and the stage itself take 500 to 600 MB: with what the stage is made
# to hold, too much for the first attempt and not for the second.
LITTLE_MB, HELD_MB = 500, 300


@pytest.mark.parametrize("select", ["CR_CPU", "CR_CPU_Memory"])
def test_job_killed_for_memory(make_folder: MakeFolder, select: str) -> None:
    settings = ClusterSettings(nodes=1, select=select, memory_limit=True)
    with running_cluster(settings) as strict:
        folder = make_folder(strict)
        # The stage holds on to so much memory that its first attempt cannot do.
        folder.replace(
            f"workflow_scripts/{STAGE}.py",
            'if __name__ == "__main__":\n',
            'if __name__ == "__main__":\n'
            "    import time\n"
            f"    held = bytearray(b'x') * ({HELD_MB} * 1_000_000)\n"
            "    time.sleep(5)\n",
        )
        ask_for(folder, LITTLE_MB)
        run = folder.start(f"-R {STAGE} --until {STAGE}")
        first = run.wait_for_job(STAGE)
        log = folder.folder / f"logs/slurm/rule_{STAGE}/{first}.log"
        exceeded = re.compile(rf"StepId={first}\S* exceeded memory limit .*")
        run.wait_until(lambda: log.exists() and exceeded.search(log.read_text()), 90)
        fault = time.monotonic()
        told = exceeded.search(log.read_text())
        assert told is not None
        asked = [memory_of(folder, first)]
        second = run.wait_for_job(STAGE, 2)
        lost = seconds_since(fault)
        asked.append(memory_of(folder, second))
        assert run.wait() == 0, run.text()
    assert asked == [LITTLE_MB, 2 * LITTLE_MB]
    write_row(
        Row(
            f"job killed for memory ({select})",
            f"{told[0]} (asked for {asked[0]} MB)",
            f"submitted again with {asked[1]} MB and ended well",
            lost,
            "finished stages",
            folder.differing() == [],
        )
    )
    assert folder.differing() == []


def ask_for(folder, megabytes: int) -> None:
    """Make the stage ask for so little in its first attempt."""
    code = f"\nNEEDS['{STAGE}'] = NEEDS['{STAGE}']._replace(base_mb={megabytes}, per_input_mb=0)\n"
    path = folder.folder / "rules/memory.py"
    path.write_text(path.read_text() + code)


def memory_of(folder, job: str) -> int:
    """Megabytes that a job asked for."""
    told = folder.cluster.run("squeue", "--noheader", "--states=all", f"--jobs={job}",
                              "--format=%m").stdout.strip()  # fmt: skip
    return int(told.removesuffix("M"))
