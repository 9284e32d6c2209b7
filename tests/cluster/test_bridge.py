"""Bridge to Slurm: a real sshd as head node, a real Slurm behind it, and their faults.

The table of these drills is in docs/ray.md.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from snakemake_executor_plugin_ray import bridge, check_door, door
from support.cluster import faults
from support.cluster.slurm_cluster import SlurmCluster
from support.cluster.ssh_server import HOST, HeadNode
from support.cluster.waiting import wait_until


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bridge look and try again soon."""
    monkeypatch.setattr(bridge, "SECONDS_BETWEEN_LOOKS", 0.5)
    monkeypatch.setattr(bridge, "SECONDS_BETWEEN_TRIES", 1.0)


def bridge_to(head: HeadNode, patience: float = 60) -> bridge.Bridge:
    """Return a bridge, as the actor is one."""
    return bridge.Bridge(bridge.ssh_command(HOST, head.ssh), HOST, patience)


def job(script: str, folder: Path, *options: str) -> dict[str, Any]:
    """Return a job of a name of its own."""
    return {
        "key": f"test-{uuid.uuid4().hex[:8]}",
        "asked": uuid.uuid4().hex,
        "digest": "0" * 8,
        "folder": str(folder),
        "options": ["--partition=mpi", "--time=5", "--requeue", *options],
        "script": script,
    }


def run_meanwhile(
    one: bridge.Bridge, submitted: dict[str, Any], fault: Callable[[], object]
) -> dict[str, Any]:
    """Run a job; when it writes `started`, let a fault happen in another thread."""

    async def both() -> dict[str, Any]:
        end = asyncio.create_task(one.run(submitted))
        started = Path(submitted["folder"]) / "started"
        await asyncio.to_thread(wait_until, started.exists, 30)
        await asyncio.to_thread(fault)
        return await asyncio.wait_for(end, 90)

    return asyncio.run(both())


STARTED = "echo $SLURM_JOB_ID $SLURM_RESTART_COUNT >> started; "
UNTIL_TOLD = STARTED + "until [ -e go ]; do sleep 0.1; done; echo the end"


def test_twenty_jobs_at_once(head: HeadNode, tmp_path: Path) -> None:
    one = bridge_to(head)
    jobs = [job(f"sleep 1; echo {n} > {n}; exit {3 * (n == 7)}", tmp_path) for n in range(20)]

    async def all_at_once() -> list[dict[str, Any]]:
        return await asyncio.gather(*map(one.run, jobs))

    ends = asyncio.run(all_at_once())
    assert [end["exit"] for end in ends] == [3 * (n == 7) for n in range(20)]
    assert [end["state"] for end in ends] == [
        "FAILED" if n == 7 else "COMPLETED" for n in range(20)
    ]
    assert sorted(int(file.name) for file in tmp_path.iterdir()) == list(range(20))
    assert len({end["job"] for end in ends}) == 20


def test_sshd_away_and_back(head: HeadNode, tmp_path: Path) -> None:
    one = bridge_to(head)

    def away() -> None:
        head.stop()
        time.sleep(3)
        (tmp_path / "go").touch()  # the job ends meanwhile
        time.sleep(1)
        head.start()

    end = run_meanwhile(one, job(UNTIL_TOLD, tmp_path), away)
    assert end["state"] == "COMPLETED"
    assert end["lines"] == "the end\n"
    news = asyncio.run(one.news())
    assert any("does not answer and is asked again for 60 s" in line for line in news), news
    assert any("answers again" in line for line in news), news


def test_slurmctld_restarted(head: HeadNode, cluster: SlurmCluster, tmp_path: Path) -> None:
    """One job runs, another one is submitted while slurmctld is away."""
    one = bridge_to(head)
    (tmp_path / "second").mkdir()

    async def both() -> list[dict[str, Any]]:
        first = asyncio.create_task(one.run(job(UNTIL_TOLD, tmp_path)))
        await asyncio.to_thread(wait_until, (tmp_path / "started").exists, 30)
        await asyncio.to_thread(faults.stop_controller, cluster)
        second = asyncio.create_task(one.run(job(STARTED, tmp_path / "second")))
        (tmp_path / "go").touch()
        news: list[str] = []
        while not any("does not answer" in line and "slurm" in line for line in news):
            await asyncio.sleep(0.5)
            news += await one.news()
        await asyncio.to_thread(faults.restart_controller, cluster)
        return await asyncio.wait_for(asyncio.gather(first, second), 90)

    ends = asyncio.run(both())
    assert [end["state"] for end in ends] == ["COMPLETED", "COMPLETED"]
    assert len((tmp_path / "second/started").read_text().splitlines()) == 1


def test_forgotten_job(head: HeadNode, cluster: SlurmCluster, tmp_path: Path) -> None:
    """A slurmctld that has lost its state, and the exit code that the job has left."""
    ends = []
    for code in (0, 4):
        folder = tmp_path / str(code)
        folder.mkdir()
        submitted = job(f"{UNTIL_TOLD}; exit {code}", folder)

        def forget(folder: Path = folder, key: str = submitted["key"]) -> None:
            faults.stop_controller(cluster)
            (folder / "go").touch()
            exits = head.door / "jobs" / key
            wait_until(lambda: list(exits.glob("*.exit")), 20)
            faults.restart_controller(cluster, "-c")

        ends.append(run_meanwhile(bridge_to(head), submitted, forget))
        assert not head.jobs(submitted["key"])
    wait_until(lambda: cluster.idle_nodes() == 2, 30)
    assert [(end["state"], end["exit"]) for end in ends] == [("COMPLETED", 0), ("FAILED", 4)]


def test_cancel(head: HeadNode, cluster: SlurmCluster, tmp_path: Path) -> None:
    one = bridge_to(head)
    submitted = job(UNTIL_TOLD, tmp_path)
    end = run_meanwhile(one, submitted, lambda: asyncio.run(one.cancel([submitted["key"]])))
    assert end["state"] == "CANCELLED"
    wait_until(lambda: not faults.processes_of_job(cluster, end["job"]))


def test_lost_node_of_an_mpi_job(head: HeadNode, cluster: SlurmCluster, tmp_path: Path) -> None:
    """Slurm starts the job again under the same id, and the bridge waits for it."""
    submitted = job(
        f"{STARTED} srun --mpi=pmix sh -c 'hostname >> ranks' || exit 1; touch first_step; "
        "[ $(wc -l < started) = 2 ] || sleep 100",  # the second start ends at once
        tmp_path,
        *("--nodes=2", "--ntasks=2", "--ntasks-per-node=1"),
    )

    def lose() -> None:
        wait_until((tmp_path / "first_step").exists, 30)
        (number, _) = head.jobs(submitted["key"])[0]
        faults.lose_node(cluster, "n2")
        for name in ("spool-n2", "tmp-n2"):  # a new instance has empty disks
            shutil.rmtree(cluster.folder / name)
            (cluster.folder / name).mkdir()
        faults.bring_back(cluster, "n2")
        # Slurm itself waits for two minutes; in the same second n1 refuses the job as killed.
        wait_until(lambda: not faults.processes_of_job(cluster, number), 30)
        time.sleep(2)
        faults.start_at_once(cluster, number)

    end = run_meanwhile(bridge_to(head), submitted, lose)
    assert end["state"] == "COMPLETED", end["lines"]
    starts = (tmp_path / "started").read_text().splitlines()
    assert [line.split() for line in starts] == [[end["job"]], [end["job"], "1"]]
    assert sorted((tmp_path / "ranks").read_text().split()) == ["n1", "n1", "n2", "n2"]


def test_restarted_bridge_adopts_the_job(head: HeadNode, tmp_path: Path) -> None:
    """As after `kill -9` of the driver; another digest is other work."""
    first, second = bridge_to(head), bridge_to(head)
    submitted = job(UNTIL_TOLD, tmp_path)

    async def restart() -> dict[str, Any]:
        lost = asyncio.create_task(first.run(submitted))
        await asyncio.to_thread(wait_until, (tmp_path / "started").exists, 30)
        lost.cancel()
        end = asyncio.create_task(second.run(submitted | {"asked": uuid.uuid4().hex}))
        await asyncio.sleep(1)
        (tmp_path / "go").touch()
        return await asyncio.wait_for(end, 60)

    end = asyncio.run(restart())
    assert end["adopted"]
    assert end["state"] == "COMPLETED"
    assert len((tmp_path / "started").read_text().splitlines()) == 1
    again = asyncio.run(second.run(submitted | {"asked": uuid.uuid4().hex}))
    assert not again["adopted"], "it has ended"
    assert len((tmp_path / "started").read_text().splitlines()) == 2


def test_other_work_of_the_same_name_is_cancelled_first(head: HeadNode, tmp_path: Path) -> None:
    old = job(f"{STARTED} sleep 100", tmp_path)
    new = old | {"asked": uuid.uuid4().hex, "digest": "1" * 8, "script": STARTED}

    async def both() -> tuple[dict[str, Any], dict[str, Any]]:
        first = asyncio.create_task(bridge_to(head).run(old))
        await asyncio.to_thread(wait_until, (tmp_path / "started").exists, 30)
        second = await bridge_to(head).run(new)
        return await first, second

    _, second = asyncio.run(both())
    states = dict(head.jobs(old["key"]))
    assert sorted(states.values()) == ["CANCELLED", "COMPLETED"]
    assert states[second["job"]] == "COMPLETED"
    assert not second["adopted"]


def test_repeated_question_submits_once(head: HeadNode, tmp_path: Path) -> None:
    """The answer got lost: the same question comes again, also after the end of the job."""
    submitted = job(STARTED, tmp_path)
    ends = [asyncio.run(bridge_to(head).run(submitted)) for _ in range(2)]
    assert ends[0]["job"] == ends[1]["job"]
    assert not ends[1]["adopted"]
    assert len((tmp_path / "started").read_text().splitlines()) == 1


def test_job_for_which_nobody_asks_ends(head: HeadNode, tmp_path: Path) -> None:
    """One runs, and one waits for its nodes."""
    command = bridge.ssh_command(HOST, head.ssh)
    both = ("--exclusive", "--nodes=2")
    running, waiting = job(f"{STARTED} sleep 200", tmp_path, *both), job("touch x", tmp_path, *both)
    for one in (running, waiting):
        asyncio.run(bridge.ask(command, HOST, "submit", one))
        wait_until((tmp_path / "started").exists, 30)
    assert head.jobs(waiting["key"])[0][1] == "PENDING"
    for one in (waiting, running):
        os.utime(head.door / "jobs" / one["key"] / "lease", (0, 0))  # long ago
    for one, state in ((running, "CANCELLED"), (waiting, "FAILED")):
        wait_until(lambda key=one["key"], state=state: head.jobs(key)[0][1] == state, 30)
    assert not (tmp_path / "x").exists()
    for one, end in ((running, "it ends"), (waiting, "it does not begin")):
        (log,) = (head.door / "jobs" / one["key"]).glob("*.log")
        assert f"Nobody has asked for this job for 30 s: {end}." in log.read_text()


def refused(head: HeadNode, **changes: object) -> str:
    """Return the sentence with which a job is refused."""
    question = job("true", Path("/")) | changes
    end = asyncio.run(bridge_to(head, patience=0).run(question))
    assert set(end) == {"problem"}, end
    return str(end["problem"])


def test_unknown_queue(head: HeadNode) -> None:
    sentence = refused(head, options=["--partition=mpii"])
    assert sentence.startswith("hpc-head: sbatch: error: invalid partition specified: mpii")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("key", "$(touch {trap})", "key: found '$(touch"),
        ("key", "../../up", "key: found '../../up'"),
        ("key", "--export=ALL", "key: found '--export=ALL'"),
        ("asked", "a; touch {trap}", "asked: found"),
        ("digest", "`touch {trap}`", "digest: found"),
        ("options", ["--wrap=touch {trap}"], "options: found '--wrap=touch"),
        ("options", ["--output=/etc/passwd"], "options: found '--output=/etc/passwd'"),
        ("options", ["--partition=mpi --wrap=x"], "options: found '--partition=mpi --wrap=x'"),
        ("options", ["--time=5\n#SBATCH --uid=0"], "options: found '--time=5\\n"),
        ("options", ["-N2"], "options: found '-N2'"),
        ("options", "--nodes=1", "options: expected a list of texts"),
        ("folder", "here", "folder: found 'here', expected an absolute path"),
        ("protocol", 0, "found a door with protocol 1, expected 0; install the door of the same"),
        ("do", "shell", "do: found 'shell', expected one of hello, submit, look, cancel"),
    ],
)
def test_question_that_does_not_match_is_refused(
    head: HeadNode, tmp_path: Path, field: str, value: Any, sentence: str
) -> None:
    trap = tmp_path / "trap"
    text = json.loads(json.dumps(value).replace("{trap}", str(trap)))
    before = head.jobs()
    assert sentence in refused(head, **{field: text})
    assert head.jobs() == before
    assert not trap.exists()


def test_folder_and_script_reach_only_the_shell_of_the_job(head: HeadNode, tmp_path: Path) -> None:
    folder = tmp_path / "it's $(touch trap) `touch trap`"
    folder.mkdir()
    script = "cat <<'END' > text\n$(touch trap) '\"\\n {x} %j\nEND\nhostname > host"
    end = asyncio.run(bridge_to(head).run(job(script, folder)))
    assert end["state"] == "COMPLETED", end
    assert (folder / "text").read_text() == "$(touch trap) '\"\\n {x} %j\n"
    assert (folder / "host").read_text() in ("n1\n", "n2\n")
    assert sorted(path.name for path in folder.iterdir()) == ["host", "text"]


@pytest.mark.parametrize("remote", ["touch {trap}", "; touch {trap}", ""])
def test_other_commands_reach_the_door_only(head: HeadNode, tmp_path: Path, remote: str) -> None:
    trap = tmp_path / "trap"
    words = [*head.ssh.split(), "-T", HOST, remote.format(trap=trap)]
    done = subprocess.run(words, input="no question", capture_output=True, text=True, check=False)
    assert done.returncode == door.REFUSED
    assert json.loads(done.stdout) == {"protocol": 1, "refused": "found no JSON object"}
    assert not trap.exists()


def test_key_allows_nothing_but_the_door(head: HeadNode) -> None:
    """Neither a terminal nor a tunnel: `restrict`."""
    words = [*head.ssh.split(), "-oExitOnForwardFailure=yes", "-N", "-R0:127.0.0.1:9", HOST]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode != 0
    assert "remote port forwarding failed" in done.stderr


def test_option_as_host_is_refused() -> None:
    with pytest.raises(bridge.BridgeError, match="expected a destination of ssh"):
        bridge.ssh_command("-oProxyCommand=touch trap", "ssh")


def changed_client(head: HeadNode, tmp_path: Path, old: str, new: str) -> str:
    """Return an ssh command with a changed configuration, which shares no connection."""
    text = (head.folder / "ssh_config").read_text()
    assert text.count(old) == 1
    (tmp_path / "ssh_config").write_text(text.replace(old, new))
    return f"ssh -F {tmp_path}/ssh_config -oControlPath=none"


def checked(ssh: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what the check of a bridge that does not work reports."""
    assert check_door.main([HOST, "--ssh", ssh]) == 1
    return capsys.readouterr().err


def test_wrong_host_key(head: HeadNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head.make_key("other")
    other = (head.folder / "other.pub").read_text()
    (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{head.port} {other}")
    known = f"{head.folder}/known_hosts"
    for file in (tmp_path / "known_hosts", tmp_path / "none"):  # another key, unknown host
        said = checked(changed_client(head, tmp_path, known, str(file)), capsys)
        assert said.startswith("ssh to hpc-head: ")
        assert "Host key verification failed." in said


def test_key_refused(head: HeadNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head.make_key("other")
    ssh = changed_client(head, tmp_path, f"{head.folder}/key", f"{head.folder}/other")
    said = checked(ssh, capsys)
    assert said.startswith("ssh to hpc-head: ")
    assert "Permission denied (publickey)" in said


def test_other_version_of_the_door(head: HeadNode, capsys: pytest.CaptureFixture[str]) -> None:
    program = head.door / "door.py"
    text = program.read_text()
    assert text.count("\nPROTOCOL = 1\n") == 1
    try:
        program.write_text(text.replace("\nPROTOCOL = 1\n", "\nPROTOCOL = 2\n"))
        said = checked(head.ssh, capsys)
        program.unlink()
        missing = checked(head.ssh, capsys)
    finally:
        program.write_text(text)
    assert said == (
        "hpc-head: found a door with protocol 2, expected 1; install the door of the same version "
        "there (python door.py install)\n"
    )
    assert re.match(r'hpc-head: found ".*can\'t open file.*" instead of the door; install', missing)


def test_check_goes_there_and_back(head: HeadNode, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_door.main([HOST, "--ssh", head.ssh, "--partition", "mpi"]) == 0
    said = capsys.readouterr().out
    assert "partitions cpu, mpi, spot" in said
    assert re.search(r"hpc-head: Slurm job \d+ ran on n[12]\n", said)
