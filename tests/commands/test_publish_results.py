"""Publication as a command: killed in the middle, it resumes; the manifest is there at the end."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from readkin.objects.settings import RunObjects, StorageSettings, objects_as_text
from support.repository import SCRIPTS


@pytest.fixture
def command(tmp_path, bucket, proxy):
    """Command that publishes 8 files of 1 MB and one of 70 MB."""
    folder = tmp_path / "results"
    (folder / "bam").mkdir(parents=True)
    for number in range(8):
        (folder / f"bam/{number}.bam").write_bytes(os.urandom(1_000_000))
    (folder / "large.h5").write_bytes(os.urandom(70_000_000))
    storage = StorageSettings(endpoint_url=proxy.url)
    (tmp_path / "objects.json").write_text(objects_as_text(RunObjects(storage)))
    (tmp_path / "run.txt").write_text("my run\n")
    words = [sys.executable, SCRIPTS / "publish_results.py", "--folder", folder]
    words += ["--uri", bucket.uri("runs/1"), "--objects", tmp_path / "objects.json"]
    return [*words, "--run", tmp_path / "run.txt", "--output", tmp_path / "published.json"]


def run(command) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_killed_publication_resumes(command, bucket, proxy, tmp_path):
    proxy.delay = 0.5
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    for _ in range(600):
        if bucket.unfinished_uploads() and any("bam" in key for key in bucket.keys_below()):
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    left = bucket.keys_below("runs/1/bam/")
    assert 0 < len(left) < 9
    assert bucket.unfinished_uploads() == 1
    assert "runs/1/manifest.json" not in bucket.keys_below()
    assert not (tmp_path / "published.json").exists()
    proxy.delay, proxy.busy = 0, 5
    proxy.cut_bytes, proxy.cut_requests = 20_000_000, 1
    done = run(command)
    assert done.returncode == 0, done.stderr
    assert f"publish: {len(left)} of 9 files are there already" in done.stderr
    assert f"({9 - len(left)} of them sent now, 0 removed)" in done.stderr
    assert bucket.unfinished_uploads() == 0
    for file in json.loads(bucket.get("runs/1/manifest.json"))["files"]:
        content = (tmp_path / "results" / file["path"]).read_bytes()
        assert bucket.get(f"runs/1/{file['path']}") == content
    copy = json.loads((tmp_path / "published.json").read_text())
    assert copy == json.loads(bucket.get("runs/1/manifest.json"))
    assert len(copy["files"]) == 9


def test_another_run_is_refused_on_one_line(command, bucket, tmp_path):
    bucket.put("runs/1/run.json", b'{"run": "other", "paths": []}')
    done = run(command)
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"publish_results: {bucket.uri('runs/1')}: found the results of another run (run.json),"
    )
    assert done.stderr.count("\n") == 1
    assert bucket.keys_below() == ["runs/1/run.json"]
    assert not (tmp_path / "published.json").exists()
