"""The map in a job of a Ray cluster: it uses nodes that come, and survives those that go."""

import subprocess
import sys

import pytest
from ray_runs import private_cluster, until

from readkin.parallel.launch import program_environment
from support.repository import SCRIPTS

# Items come until the file "enough" exists. Each result shows which process made it, and where.
PROGRAM = """
import itertools, logging, os, sys, time
from pathlib import Path
from readkin.parallel.ray_map import ordered_map

logging.basicConfig(level=logging.INFO)

def showing():
    def show(number):
        time.sleep(0.2)
        return number, os.getpid(), os.getcwd(), os.environ.get("READKIN_CACHE")
    return show

output = Path("output").open("w")  # Ray itself prints a lost node
numbers = itertools.takewhile(lambda number: not Path("enough").exists(), itertools.count())
for result in ordered_map(showing(), numbers, 2):
    print(*result, file=output, flush=True)
"""


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_nodes_come_and_go_during_the_map(tmp_path):
    with private_cluster() as cluster:
        access = {f"SNAKEMAKE_{name}": value for name, value in cluster.environment.items()}
        (tmp_path / "scripts").mkdir()
        (tmp_path / "scripts" / "program.py").write_text(PROGRAM)
        (tmp_path / "scripts" / "readkin").symlink_to(SCRIPTS / "readkin")
        environment = program_environment() | access
        output = tmp_path / "output"
        output.touch()
        with (tmp_path / "errors").open("w") as errors:
            process = subprocess.Popen(
                [sys.executable, "scripts/program.py"],
                cwd=tmp_path,
                env=environment
                | {
                    "SNAKEMAKE_RAY_ADDRESS": cluster.address,
                    "RAY_ADDRESS": "127.0.0.1:9",  # of another Ray
                    "READKIN_CACHE": "cache of the job",
                },
                stdout=errors,
                stderr=errors,
            )

        def workers() -> set[str]:
            return {line.split()[1] for line in output.read_text().splitlines()[-4:]}

        try:
            assert until(lambda: len(output.read_text().splitlines()) > 3), "no result without node"
            assert workers() == {str(process.pid)}, "it works itself while there is no node"
            cluster.add("n1", cpus=1)
            assert until(lambda: len(workers()) == 2), "the first actor works"
            cluster.add("n2", cpus=1)
            assert until(lambda: len(workers()) == 3), "both actors work"
            cluster.kill("n1")
            before = len(output.read_text().splitlines())
            assert until(lambda: len(output.read_text().splitlines()) > before + 20), "it resumes"
        finally:
            (tmp_path / "enough").touch()
            code = process.wait(60)
    assert code == 0, (tmp_path / "errors").read_text()
    rows = [line.split(maxsplit=3) for line in output.read_text().splitlines()]
    assert [int(row[0]) for row in rows] == list(range(len(rows)))
    assert {tuple(row[2:]) for row in rows} == {(str(tmp_path), "cache of the job")}
    assert "joining the Ray cluster" in (tmp_path / "errors").read_text()
