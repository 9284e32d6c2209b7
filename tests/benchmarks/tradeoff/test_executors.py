"""Executors run in clones with the reads of the demo; failures and differences are noted."""

import os
import shutil

import yte

from benchmarks.tradeoff.executors import (
    BRIDGE,
    FOR_ONE_NODE,
    LOCAL,
    Executor,
    check_results,
    executors_in,
    records_of_executors,
)
from benchmarks.tradeoff.running import Spent
from support.clone import Clone


def test_executors_have_the_same_reads_and_two_cpus(tmp_path):
    executors = executors_in(tmp_path, tmp_path / "kernels", None, "ssh -F file")
    assert [executor.name for executor in executors] == [LOCAL, "Ray", BRIDGE]
    sheets = {
        executor.clone.folder: (executor.clone.folder / "demo" / "samples.tsv").read_text()
        for executor in executors
    }
    assert len(sheets) == 2
    assert len(set(sheets.values())) == 1
    for executor in executors:
        assert executor.environment["READKIN_CACHE"] == str(tmp_path / "kernels")
    (profile_of_slurm, _), of_slurm = FOR_ONE_NODE, executors[-1].clone
    profile = yte.process_yaml((of_slurm.folder / profile_of_slurm).read_text())
    assert profile["set-threads"]["embed_reads"] == profile["set-threads"]["trim_reads"] == 2
    assert profile["set-resources"]["find_pairs"]["nodes"] == 1
    assert profile["set-resources"]["find_pairs"]["max_tasks"] == 2


def test_a_run_that_fails_is_noted(tmp_path):
    executor = Executor(LOCAL, Clone(tmp_path / "clone"), ["--no-such-option"], os.environ)
    executor.run(tmp_path / "kept")
    assert executor.failure.startswith("local: exit 2\n")
    assert list(records_of_executors([executor])) == []


def test_other_results_than_of_the_local_run_are_a_failure(tmp_path):
    clone = Clone(tmp_path / "clone")
    executors = [
        Executor(name, clone, [], {}, runs=[Spent(2, 3, 4_000_000)]) for name in (LOCAL, "x", "y")
    ]
    (tmp_path / LOCAL).mkdir()
    (tmp_path / LOCAL / "clusters.tsv").write_text("1\n")
    for name in ("x", "y"):
        shutil.copytree(tmp_path / LOCAL, tmp_path / name)
    (tmp_path / "y" / "clusters.tsv").write_text("2\n")
    check_results(executors[1:], tmp_path)
    failures = {executor.name: executor.failure for executor in executors}
    other = "other results than of the local run: clusters.tsv"
    assert failures == {LOCAL: "", "x": "", "y": other}
    found = [(row["tool"], row["metric"], row["median"]) for row in records_of_executors(executors)]
    assert found[:3] == [(LOCAL, "wall", 2), (LOCAL, "cpu", 3), (LOCAL, "loopback", 4)]
