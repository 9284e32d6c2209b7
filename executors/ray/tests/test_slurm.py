"""Jobs of Snakemake as jobs of Slurm: options, keys and digests."""

import os
from types import SimpleNamespace
from typing import Any

import pytest
from snakemake_interface_common.exceptions import WorkflowError

from snakemake_executor_plugin_ray import bridge
from snakemake_executor_plugin_ray.door import KEY, OPTION
from snakemake_executor_plugin_ray.slurm import (
    SlurmJobs,
    digest_of,
    key_of,
    options_of,
    partition_of,
    submission_of,
)

SETTINGS = SimpleNamespace(
    slurm_host="head", slurm_ssh="ssh -F 'a b'", slurm_patience=1, slurm_variables="MINE,NONE"
)


def job(resources: dict[str, Any] | None = None, **changes: Any) -> Any:
    """Return what stands in for a job of Snakemake."""
    code = {"run_func_src": None, "script": None, "notebook": None, "wrapper": None}
    values = {
        "name": "align",
        "threads": 2,
        "resources": resources or {},
        "input": ["in.txt"],
        "output": ["b.txt", "a.txt"],
        "wildcards_dict": {"sample": "x"},
        "shellcmd": "align in.txt",
        "params": {"n": 1},
        "jobid": 3,
        "rule": SimpleNamespace(name="align", **code),
        "is_group": lambda: False,
    }
    return SimpleNamespace(**values | changes)


def test_resources_become_options_that_the_door_accepts():
    resources = {
        "slurm_partition": "mpi,cpu",
        "slurm_account": "group_1",
        "constraint": "[rack1|rack2]",
        "runtime": 60,
        "nodes": 2,
        "tasks": 8,
        "mem_mb": 500,
        "slurm_extra": "--ntasks-per-node=4 --exclude n[3-5] --no-kill",
        "tmpdir": "/tmp",
        "qos": None,
    }
    options = options_of(job(resources))
    assert options == [
        "--partition=mpi,cpu",
        "--account=group_1",
        "--constraint=[rack1|rack2]",
        "--time=60",
        "--nodes=2",
        "--ntasks=8",
        "--cpus-per-task=2",
        "--mem=500",
        "--requeue",
        "--ntasks-per-node=4",
        "--exclude=n[3-5]",
        "--no-kill",
    ]
    assert all(OPTION.fullmatch(option) for option in options)


def test_single_task_is_the_default():
    options = options_of(job({"mem_mb": 500, "mem_mb_per_cpu": 100, "cpus_per_task": 4}))
    assert options == ["--cpus-per-task=4", "--mem-per-cpu=100", "--ntasks=1", "--requeue"]


@pytest.mark.parametrize(("value", "expected"), [(None, ""), ("None", ""), ("mpi", "mpi")])
def test_partition_set_to_null_is_none(value, expected):
    assert partition_of(job({"slurm_partition": value})) == expected


def test_key_names_the_files_that_a_job_makes():
    key = key_of(job(), "/folder")
    assert KEY.fullmatch(key)
    assert key.startswith("snakemake-align-")
    assert key == key_of(job(shellcmd="other", output=["a.txt", "b.txt"], jobid=4), "/folder")
    others = [
        key_of(job(), "/other"),
        key_of(job(output=["c.txt"]), "/folder"),
        key_of(job(wildcards_dict={"sample": "y"}), "/folder"),
        key_of(job(name="align_2"), "/folder"),
    ]
    assert len({key, *others}) == 5
    assert KEY.fullmatch(key_of(job(name="ä" * 90), "/folder"))


def test_digest_depends_on_all_that_the_output_depends_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.txt").write_text("1")
    digest = digest_of(job())
    assert digest == digest_of(job(resources={"mem_mb": 3}, jobid=9))
    rule = SimpleNamespace(**vars(job().rule) | {"script": "align.py"})
    others = [digest_of(job(shellcmd="b")), digest_of(job(params={})), digest_of(job(rule=rule))]
    os.utime("in.txt", (0, 0))
    others.append(digest_of(job()))
    (tmp_path / "in.txt").unlink()
    others.append(digest_of(job()))
    assert len({digest, *others}) == 6


def test_variables_and_command_are_in_the_script(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = submission_of(job(), "snakemake 1", {"A": "it's $1"})
    assert first["script"] == (
        f"export A='it'\"'\"'s $1'\nexport SNAKEMAKE_RAY_SLURM_KEY={first['key']}\nsnakemake 1"
    )
    second = submission_of(job(), "snakemake 1", {})
    assert (first["key"], first["digest"]) == (second["key"], second["digest"])
    assert first["asked"] != second["asked"]


def test_jobs_without_partition_ask_nothing():
    """The host does not exist."""
    SlurmJobs(SETTINGS).check([job()], has_common_folder=False)


def test_shared_file_system_is_required():
    with pytest.raises(WorkflowError, match="found no shared file system"):
        SlurmJobs(SETTINGS).check([job({"slurm_partition": "mpi"})], has_common_folder=False)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ({"state": "COMPLETED", "exit": 0}, None),
        ({"state": "FAILED", "exit": 3}, "Slurm job 7 on head ended with exit code 3."),
        ({"state": "TIMEOUT", "exit": 143}, "Slurm job 7 on head ended as TIMEOUT."),
        (
            {"state": "LOST", "exit": None},
            "Slurm job 7 on head is unknown to Slurm and has left no exit code.",
        ),
    ],
)
def test_ends_are_sentences(tmp_path, end, expected):
    log = tmp_path / "logs/log"
    found = SlurmJobs(SETTINGS).failure_of({"job": "7", "lines": "a\nb\n", **end}, log)
    assert found == expected
    assert log.read_text() == "Last lines of Slurm job 7 on head:\na\nb\n"


@pytest.mark.parametrize(
    ("code", "out", "errors", "sentence"),
    [
        (127, "", "bash: line 1: door: command not found", 'found "bash: line 1: door: command'),
        (0, "Welcome!\n", "", 'found "Welcome!" instead of the door; install it there: python'),
        (0, "[]", "", 'found "[]" instead of the door'),
        (0, '{"protocol": 9}', "", "found a door with protocol 9, expected 1; install the door of"),
        (2, '{"protocol": 1, "refused": "this"}', "", "head: this"),
        (1, '{"protocol": 1}', "Traceback", "the door ended with exit code 1: Traceback"),
    ],
)
def test_other_answers_than_the_doors_are_reported(code, out, errors, sentence):
    with pytest.raises(bridge.BridgeError) as raised:
        bridge.understood("head", code, out, errors)
    assert sentence in str(raised.value)


def test_slurm_that_is_away_is_asked_again():
    with pytest.raises(bridge.AwayError, match="squeue: no answer"):
        bridge.understood("head", 75, '{"protocol": 1, "again": "squeue: no answer"}', "")


def test_ssh_gets_no_option_from_the_host():
    command = bridge.ssh_command("me@head", "ssh -F 'a b'")
    assert command[:3] == ["ssh", "-F", "a b"]
    assert command[-3:] == ["--", "me@head", "door"]
