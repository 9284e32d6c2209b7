"""`check` on a real Ray cluster of this machine."""

import subprocess
import sys

import pytest
from ray_runs import private_cluster

import check
from readkin.parallel.launch import program_environment

SMALL, LARGE = ["trim_reads", "", "1", "1", "500", "10"], ["find_pairs", "", "1", "8", "500", "10"]


@pytest.fixture(scope="module")
def cluster():
    with private_cluster() as one:
        one.add("n1")
        yield one


def lines_of_check(folder, cluster, *words: str) -> tuple[int, list[str]]:
    command = [sys.executable, check.__file__, "--work-dir", folder / "work", *words]
    done = subprocess.run(
        command,
        env=program_environment() | cluster.environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in done.stderr, done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    return done.returncode, lines


@pytest.mark.slow
def test_cluster_that_fits(tmp_path, cluster):
    options = "--ray", cluster.address, "--request", *SMALL
    code, lines = lines_of_check(tmp_path, cluster, *options)
    assert code == 0, "\n".join(lines)
    assert f"ok Ray cluster {cluster.address}, 2 nodes" in lines
    assert "ok node sizes all stages fit; the largest, trim_reads: 1 CPUs, 500 MB, 10 min" in lines
    seen = [line for line in lines if line.endswith(" sees it")]
    assert [line.split(":")[0].split(" /")[0] for line in seen] == [
        "ok clone",
        "ok .venv",
        "ok work folder",
        "ok compiled kernels",
    ]
    assert any(line.startswith("ok compute node") for line in lines)
    assert not list((tmp_path / "work").iterdir())


@pytest.mark.slow
def test_stage_that_fits_on_no_node(tmp_path, cluster):
    options = "--ray", cluster.address, "--request", *SMALL, "--request", *LARGE
    code, lines = lines_of_check(tmp_path, cluster, *options)
    assert code == 1
    expected = "PROBLEM node sizes find_pairs: No node of the Ray cluster has 8 CPUs, 500 MiB of"
    assert any(line.startswith(expected) for line in lines), lines


def test_cluster_that_does_not_answer(tmp_path, cluster):
    code, lines = lines_of_check(tmp_path, cluster, "--ray", "127.0.0.1:9")
    assert code == 1
    assert any(line.startswith("PROBLEM Ray cluster No Ray answers at 127.0") for line in lines)


def test_ray_of_its_own(tmp_path, cluster):
    too_large = ["align_pairs", "", "1", "64", str(10**9), "10"]
    code, lines = lines_of_check(tmp_path, cluster, "--ray", "", "--request", *SMALL)
    assert code == 0
    code, lines = lines_of_check(tmp_path, cluster, "--ray", "", "--request", *too_large)
    assert code == 1
    assert any(line.startswith("PROBLEM node sizes align_pairs: No node") for line in lines)
