"""Start of Ray: it ends within a limited time, whatever hangs."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from readkin.parallel import ray_start, ray_watchdog
from readkin.parallel.ray_start import RayStartError, ray_session

SCRIPTS = Path(ray_start.__file__).parents[2]

# Starts Ray with workers that never register; with this variable Ray waits for them forever.
HANGING = """
import os, sys
os.environ["RAY_prestart_worker_first_driver"] = "1"
from readkin.parallel import ray_start
ray_start.SECONDS_TO_START = float(sys.argv[1])
ray_start.set_environment()
from ray._private import services
start = services.start_raylet
def start_with_stub(*arguments, **options):
    def stub(word):
        return sys.argv[2] if str(word).endswith("default_worker.py") else word
    return start(*map(stub, arguments), **{name: stub(word) for name, word in options.items()})
services.start_raylet = start_with_stub
with ray_start.ray_session(1):
    print("started")
"""


def processes_of(name: str) -> list[str]:
    """Return command lines that contain ``name``."""
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if name in line:
            lines.append(line)
    return lines


def test_start_that_hangs_is_reported_and_ended(tmp_path):
    worker = tmp_path / "worker.py"
    worker.write_text("import time\ntime.sleep(1000)\n")
    program = tmp_path / "embed_reads.py"
    program.write_text(HANGING)
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, program, "15", worker],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert time.monotonic() - begin < 90
    assert done.returncode == 1
    assert "started" not in done.stdout
    lines = [line for line in done.stderr.splitlines() if line.startswith("embed_reads: ")]
    (line,) = lines
    assert line.startswith("embed_reads: start of Ray: found no answer in 15 s, expected a running")
    assert "Traceback" not in done.stderr
    assert processes_of(str(worker)) == []


class StubRay:
    """Ray whose start fails a number of times."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.is_running = False

    def is_initialized(self) -> bool:
        return False

    def init(self, **options: object) -> None:
        if self.failures:
            self.failures -= 1
            raise Exception("The current node timed out during startup.\nDetails")
        self.is_running = True

    def shutdown(self) -> None:
        self.is_running = False


def test_failed_start_is_tried_once_more(monkeypatch, caplog):
    ray = StubRay(failures=1)
    monkeypatch.setitem(sys.modules, "ray", ray)
    with caplog.at_level("INFO", "readkin"), ray_session(2) as session:
        assert session is ray
        assert ray.is_running
    assert not ray.is_running
    assert caplog.messages == [
        "starting Ray with 2 workers",
        "Ray did not start (The current node timed out during startup.); trying again",
    ]


def test_second_failure_is_an_error_for_the_user(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", StubRay(failures=2))
    expected = r"^start of Ray: found 2 failures \(The current node timed out during startup\.\)"
    with pytest.raises(RayStartError, match=expected), ray_session(2):
        pass


def test_cluster_that_does_not_answer_is_an_error_for_the_user(monkeypatch):
    monkeypatch.setenv("SNAKEMAKE_RAY_ADDRESS", "127.0.0.1:9")
    expected = r"^SNAKEMAKE_RAY_ADDRESS: found no answer of 127\.0\.0\.1:9 \(.*refused\), exp"
    with pytest.raises(RayStartError, match=expected), ray_session(2):
        pass


def test_watchdog_of_a_start_in_time_is_quiet(tmp_path):
    words = [ray_watchdog.__file__, tmp_path, "1000", "it hangs"]
    done = subprocess.run(
        [sys.executable, "-I", "-S", *words], stdin=subprocess.DEVNULL, capture_output=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert tmp_path.exists()


# A client that hangs although Ray's processes have been killed.
CLIENT = """
import json, subprocess, sys, time
words = json.load(sys.stdin)
subprocess.Popen([sys.executable, "-I", "-S", *words], stdin=subprocess.PIPE)
time.sleep(1000)
"""


def test_watchdog_kills_a_client_that_does_not_end(tmp_path):
    # The client must not have Ray's folder on its command line, as that would kill it at once.
    folder = tmp_path / "ray"
    folder.mkdir()
    words = [ray_watchdog.__file__, str(folder), "0.5", "it hangs"]
    done = subprocess.run(
        [sys.executable, "-c", CLIENT],
        input=json.dumps(words),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -9
    assert done.stderr == "it hangs\n"
    wait_until(lambda: not folder.exists())


def wait_until(ready, seconds=20):
    """Wait until ``ready()`` is true."""
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.05)


def test_watchdog_kills_only_processes_of_the_folder(tmp_path):
    code = "import time; time.sleep(1000)"
    inside = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "ray")])
    outside = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "other")])
    time.sleep(0.5)
    ray_watchdog.kill_processes_of(str(tmp_path / "ray"))
    assert inside.wait(10) == -9
    assert outside.poll() is None
    outside.kill()
    outside.wait()


OWN_RAY = """
import os
from readkin.parallel.ray_start import ray_session
with ray_session(1) as ray:
    print(ray.get_runtime_context().gcs_address, ray.cluster_resources()["CPU"], len(ray.nodes()))
"""


def test_another_ray_of_the_user_is_not_joined():
    """RAY_ADDRESS, as of a job of another cluster, or of one that no longer exists."""
    with ray_session(2) as ray:
        other = ray.get_runtime_context().gcs_address
        for address in (other, "10.255.255.1:6379"):
            done = subprocess.run(
                [sys.executable, "-c", OWN_RAY],
                env={
                    **os.environ,
                    "PYTHONPATH": str(SCRIPTS),
                    "RAY_ADDRESS": address,
                    "RAY_NAMESPACE": "other",
                    "http_proxy": "http://127.0.0.1:9",
                },
                capture_output=True,
                text=True,
                timeout=200,
            )
            assert done.returncode == 0, done.stderr
            own, cpus, nodes = done.stdout.split()
            assert own != other
            assert (cpus, nodes) == ("1.0", "1")
