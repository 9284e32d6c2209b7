"""Ray over nodes without Slurm and Ray; tests on a cluster are in tests/cluster."""

import json
import logging
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from readkin.parallel import ray_node, ray_on_slurm, slurm
from readkin.parallel.ray_on_slurm import Helper, ray_over_nodes
from readkin.parallel.slurm import Job, SlurmAnswerError, WrongNodesError
from support.processes import is_running

SQUEUE = '#!/bin/sh\necho "n[1-3]"\n'
SCONTROL = '#!/bin/sh\n[ "$*" = "show hostnames n[1-3]" ] && printf "n1\\nn2\\nn3\\n"\n'


@pytest.fixture
def slurm_job(tmp_path, monkeypatch):
    """Job 7 on three nodes, of which this is the second."""
    for name, text in (("squeue", SQUEUE), ("scontrol", SCONTROL)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setenv("SLURMD_NODENAME", "n2")


def test_other_nodes_of_the_job(slurm_job):
    assert slurm.this_job(3) == Job("7", ["n1", "n3"])


def test_another_number_of_nodes_is_refused(slurm_job):
    with pytest.raises(WrongNodesError, match=r"job 7 on 3 nodes \(n\[1-3\]\), expected 2; `nodes"):
        slurm.this_job(2)


def test_no_job_is_refused(monkeypatch, tmp_path):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    with (
        pytest.raises(WrongNodesError, match="found no Slurm job, expected a Slurm job of 2 nodes"),
        ray_over_nodes(2, 1, tmp_path),
    ):
        pass


def test_slurm_that_never_answers_is_reported(monkeypatch):
    monkeypatch.setattr(slurm, "TRIES", 2)
    monkeypatch.setattr(slurm, "SECONDS_BETWEEN_TRIES", 0.0)
    with pytest.raises(SlurmAnswerError, match=r"^sh: found no answer in 2 tries \(away\)"):
        slurm.answer_of_slurm("sh", "-c", "echo away >&2; exit 1")


def test_one_node_starts_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with ray_over_nodes(1, 8, tmp_path / "not created") as ray_nodes:
        (peak,) = ray_nodes.peaks_mb()
    assert peak > 10
    assert not (tmp_path / "not created").exists()


def test_folder_is_private_and_removed_with_those_of_earlier_attempts(tmp_path):
    for name in ("ray-7-old", "ray-77-other"):
        (tmp_path / name).mkdir()
    with ray_on_slurm.folder_of_job(Job("7", []), tmp_path) as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
            [folder.name, "ray-77-other"]
        )
    assert [path.name for path in tmp_path.iterdir()] == ["ray-77-other"]


def test_nodes_exchange_the_address_in_a_private_file(tmp_path, monkeypatch):
    monkeypatch.setenv("RAY_AUTH_TOKEN", "secret")
    file = tmp_path / "rendezvous.json"
    threading.Timer(0.3, ray_node.publish, [file, "10.0.0.1:1234"]).start()
    head = ray_node.read(file, threading.Event())
    assert head == {"address": "10.0.0.1:1234", "token": "secret"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_node_does_not_wait_for_a_head_that_ended(tmp_path):
    ended = threading.Event()
    ended.set()
    with pytest.raises(ray_node.InputEndedError):
        ray_node.read(tmp_path / "rendezvous.json", ended)


# ray_node.py with a process instead of Ray that starts a child process.
NODE = """
import sys
from pathlib import Path
from readkin.parallel import ray_node
ray_node.command_of_ray = lambda address, folder: [
    "sh", "-c", f"touch {folder}/used; sleep 1000 & echo $$ $!; wait"]
sys.exit(ray_node.join(Path(sys.argv[1]), Path(sys.argv[2])))
"""


@pytest.mark.parametrize("how", ["input ends", "terminated"])
def test_node_ends_with_its_head_and_leaves_nothing(tmp_path, how):
    rendezvous = tmp_path / "rendezvous.json"
    rendezvous.write_text(json.dumps({"address": "nowhere", "token": "t"}))
    scratch = tmp_path / "s"
    scratch.mkdir()
    code = NODE.replace(
        "ray_node.command", f"ray_node.short_folder = lambda: '{scratch}'\nray_node.command", 1
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, rendezvous, tmp_path / "peak"],
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(ray_node.__file__).parents[2],
    ) as node:
        assert node.stdout is not None
        assert node.stdin is not None
        processes = [int(word) for word in node.stdout.readline().split()]
        wait_until((tmp_path / "peak").exists)
        assert [path.name for path in scratch.glob("*/*")] == ["used"]
        if how == "terminated":
            node.terminate()
        else:
            node.stdin.close()
        node.wait(20)
    wait_until(lambda: not any(map(is_running, processes)))
    assert float((tmp_path / "peak").read_text()) > 1
    assert list(scratch.iterdir()) == []


def test_lost_node_is_logged_with_the_end_of_its_output(tmp_path, caplog):
    (tmp_path / "n3.log").write_text("much\nsrun: error: Node failure on n3\n")
    lost = subprocess.Popen(["true"], stdin=subprocess.PIPE)
    stays = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    helpers = [
        Helper("n2", stays, tmp_path / "n2.log", tmp_path / "n2.peak"),
        Helper("n3", lost, tmp_path / "n3.log", tmp_path / "n3.peak"),
    ]
    with caplog.at_level(logging.INFO, "readkin"), ray_on_slurm.losses_logged(helpers):
        wait_until(lambda: caplog.messages)
        time.sleep(2 * ray_on_slurm.SECONDS_BETWEEN_CHECKS)
    message = "Ray lost node n3 (srun: error: Node failure on n3); the others do its work"
    assert caplog.messages == [message]
    ray_on_slurm.end(helpers)
    assert (stays.returncode, lost.returncode) == (0, 0)


def wait_until(ready, seconds=20):
    """Wait until ``ready()`` is true."""
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.05)
