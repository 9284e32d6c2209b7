"""Bridge: the process that asks is over when the question is, also if it got no answer."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from ray_runs import is_alive

from snakemake_executor_plugin_ray import bridge

# As ssh with ProxyJump: a child that holds the pipes.
HANGING = "sleep 100 & echo $$ $! > written && mv written pids; wait"


def ask_hanging(folder: Path) -> asyncio.Task:
    """Ask a program that never answers."""
    command = ["sh", "-c", f"cd '{folder}'; {HANGING}"]
    return asyncio.create_task(bridge.ask(command, "head", "look", {"keys": []}))


async def pids(folder: Path) -> list[int]:
    """Return the numbers of the processes that ask, when they have started."""
    async with asyncio.timeout(20):
        while not (folder / "pids").exists():
            await asyncio.sleep(0.01)
    return [int(pid) for pid in (folder / "pids").read_text().split()]


def test_cancelled_question_leaves_no_process(tmp_path):
    async def cancel() -> list[int]:
        question = ask_hanging(tmp_path)
        started = await pids(tmp_path)
        question.cancel()
        with pytest.raises(asyncio.CancelledError):
            await question
        return started

    started = asyncio.run(cancel())
    assert len(started) == 2
    assert not any(map(is_alive, started))
    assert not Path(f"/proc/{started[0]}").exists(), "it was waited for"


def test_question_in_work_at_the_end_of_the_loop_leaves_no_process(tmp_path):
    async def end() -> list[int]:
        ask_hanging(tmp_path)
        return await pids(tmp_path)

    started = asyncio.run(end())
    assert not any(map(is_alive, started))


def test_question_without_answer_in_time_leaves_no_process(tmp_path, monkeypatch):
    monkeypatch.setattr(bridge, "SECONDS_OF_A_QUESTION", 1.0)

    async def wait() -> list[int]:
        question = ask_hanging(tmp_path)
        started = await pids(tmp_path)
        with pytest.raises(bridge.AwayError, match="no answer in 1 s"):
            await question
        return started

    assert not any(map(is_alive, asyncio.run(wait())))


def test_child_that_keeps_the_pipes_holds_up_nothing(tmp_path, monkeypatch):
    """One with a session of its own is not killed, and not waited for."""
    monkeypatch.setattr(bridge, "SECONDS_OF_A_QUESTION", 1.0)
    monkeypatch.setattr(bridge, "SECONDS_FOR_A_KILL", 0.1)
    command = ["sh", "-c", f"cd '{tmp_path}'; setsid sh -c '{HANGING}'; true"]

    async def wait() -> None:
        with pytest.raises(bridge.AwayError, match="no answer in 1 s"):
            await bridge.ask(command, "head", "look", {"keys": []})
        for pid in await pids(tmp_path):
            assert is_alive(pid)
            os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.1)  # asyncio closes its ends of the pipes

    asyncio.run(wait())
