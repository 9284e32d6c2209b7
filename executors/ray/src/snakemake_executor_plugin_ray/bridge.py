"""Bridge to a Slurm cluster: a Ray actor that runs jobs there, through the door on its head node.

The door (door.py) is asked with the ssh of this machine, so that ~/.ssh/config applies: keys, known
hosts, ProxyJump. There is one question per look, however many jobs there are, and no worker waits
for a job. All questions may be repeated. While ssh or slurmctld does not answer they are repeated
for some minutes; what another try cannot change ends the job at once.

Workers of Ray receive the content of this module with the actor, so that they need no plugin.
"""

import asyncio
import contextlib
import json
import os
import re
import shlex
import signal
from collections.abc import Mapping, Sequence
from typing import Any

from snakemake_executor_plugin_ray.door import AGAIN, PROTOCOL, REFUSED

HOST = re.compile(r"[^\s-]\S*")  # ssh would take a leading - as an option
SSH_FAILED = 255
# Errors of ssh that do not pass: the text is on standard error, the exit code that of all errors.
PERMANENT = (
    "Host key verification failed",
    "REMOTE HOST IDENTIFICATION HAS CHANGED",
    "Permission denied",
    "Bad configuration option",
    "Bad owner or permissions",
    "no such identity",
    "Can't open user config file",
)
SECONDS_OF_A_QUESTION = 60.0
SECONDS_FOR_A_KILL = 5.0
QUESTIONS_AT_ONCE = 8  # sshd drops some of more than ten that begin
SECONDS_BETWEEN_LOOKS = 2.0
SECONDS_BETWEEN_TRIES = 5.0
LOOKS_FOR_A_LOST_JOB = 5  # the file with its exit code may appear late on the head node
OPTIONS = (
    "-T",
    "-oBatchMode=yes",
    "-oConnectTimeout=15",
    "-oServerAliveInterval=15",
    "-oServerAliveCountMax=3",
)
INSTALL = "install it there: python door.py install --key KEY.pub"


class BridgeError(Exception):
    """The door refuses, or it cannot be reached and another try would not help."""


class AwayError(Exception):
    """The cluster does not answer at the moment."""


def ssh_command(host: str, ssh: str) -> list[str]:
    """Return the command that asks the door.

    Args:
        host: destination of ssh.
        ssh: program with options, as for a shell.

    Raises:
        BridgeError: the host is not one.
    """
    if not HOST.fullmatch(host):
        raise BridgeError(f'found the host "{host}", expected a destination of ssh')
    # One connection per question: a shared one that hangs would hold up all of them.
    return [*shlex.split(ssh), *OPTIONS, "-oControlPath=none", "--", host, "door"]


async def ask(
    command: Sequence[str], host: str, do: str, fields: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Ask the door once.

    Args:
        command: as ssh_command returns it.
        host: for messages.
        do: kind of the question.
        fields: of the question.

    Raises:
        BridgeError: another try would not help.
        AwayError: no answer.
    """
    question = json.dumps({"protocol": PROTOCOL, "do": do, **(fields or {})}).encode()
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C must not reach it, and _end_process ends all of it
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(question), SECONDS_OF_A_QUESTION)
    except TimeoutError:
        raise AwayError(f"no answer in {SECONDS_OF_A_QUESTION:.0f} s") from None
    finally:
        if process.returncode is None:
            await _end_process(process)
    assert process.returncode is not None
    words = " ".join(err.decode(errors="replace").split())
    if process.returncode == SSH_FAILED:
        if any(phrase in words for phrase in PERMANENT):
            raise BridgeError(f"ssh to {host}: {words}")
        raise AwayError(words or "ssh failed")
    return understood(host, process.returncode, out.decode(errors="replace"), words)


async def _end_process(process: asyncio.subprocess.Process) -> None:
    """Kill a process with its children (ProxyJump is one), and wait until its pipes are closed."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):  # a child with a session of its own may hold the pipes
        await asyncio.wait_for(process.communicate(), SECONDS_FOR_A_KILL)


def understood(host: str, code: int, out: str, errors: str) -> dict[str, Any]:
    """Return what the door answered.

    Raises:
        BridgeError: it is no answer of this version of the door, or a refusal.
        AwayError: the door says that Slurm does not answer.
    """
    try:
        answer = json.loads(out)
        protocol = answer["protocol"]
    except (ValueError, TypeError, KeyError):
        said = next(iter([*errors.splitlines(), *out.splitlines()]), f"exit code {code}")
        raise BridgeError(f'{host}: found "{said}" instead of the door; {INSTALL}') from None
    if protocol != PROTOCOL:
        raise BridgeError(
            f"{host}: found a door with protocol {protocol}, expected {PROTOCOL}; "
            "install the door of the same version there (python door.py install)"
        )
    if code == AGAIN:
        raise AwayError(str(answer.get("again")))
    if code == REFUSED:
        raise BridgeError(f"{host}: {answer.get('refused')}")
    if code:
        raise BridgeError(f"{host}: the door ended with exit code {code}: {errors}")
    return dict(answer)


class Bridge:
    """Actor that submits jobs to a Slurm cluster and waits for their ends.

    Args:
        command: as ssh_command returns it.
        host: for messages.
        patience: seconds for which a cluster that does not answer is asked again.
    """

    def __init__(self, command: Sequence[str], host: str, patience: float) -> None:
        self._command, self._host, self._patience = command, host, patience
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._looker: asyncio.Task[None] | None = None
        self._turns = asyncio.Semaphore(QUESTIONS_AT_ONCE)
        self._news: list[str] = []
        self._is_away = False

    async def run(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Submit a job, or adopt the one of the same key, and wait for its end.

        Args:
            job: fields of the question ``submit``.

        Returns:
            ``job``, ``state``, ``exit`` and ``lines``, and whether it was ``adopted``; or only
            ``problem``, a sentence.
        """
        try:
            submitted = await self._answer("submit", job)
        except BridgeError as error:
            return {"problem": str(error)}
        key, number = job["key"], submitted["job"]
        words = f"Slurm job {number} on {self._host}"
        what = "of an earlier run is still there and is waited for" if submitted["adopted"] else ""
        self._news.append(f"{key}: {words} {what}".rstrip())
        end = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._looker is None or self._looker.done():
            self._looker = asyncio.create_task(self._look())
        return await end | {"adopted": submitted["adopted"]}

    async def cancel(self, keys: Sequence[str]) -> None:
        """Cancel jobs; if the cluster does not answer, their lease ends them later."""
        with contextlib.suppress(BridgeError, AwayError):
            await ask(self._command, self._host, "cancel", {"keys": list(keys)})

    async def news(self) -> list[str]:
        """Return what has happened since the last call, as sentences."""
        news, self._news = self._news, []
        return news

    async def _look(self) -> None:
        """Ask for the states of all jobs until none is left."""
        lost: dict[str, int] = {}
        while self._waiting:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            if not (keys := list(self._waiting)):
                return
            try:
                answer = await self._answer("look", {"keys": keys})
            except Exception as error:
                for key in keys:
                    self._end(key, {"problem": str(error) or repr(error)})
                continue
            for key, found in answer["jobs"].items():
                lost[key] = lost.get(key, 0) + 1 if found["state"] == "LOST" else 0
                if found["ended"] or lost[key] >= LOOKS_FOR_A_LOST_JOB:
                    lost.pop(key)
                    self._end(key, found)

    def _end(self, key: str, found: dict[str, Any]) -> None:
        end = self._waiting.pop(key, None)
        if end is not None and not end.done():
            end.set_result(found)

    async def _answer(self, do: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Ask until there is an answer, or patience has ended.

        Raises:
            BridgeError: another try would not help, or patience has ended.
        """
        now = asyncio.get_running_loop().time
        limit = now() + self._patience
        while True:
            try:
                async with self._turns:
                    answer = await ask(self._command, self._host, do, fields)
            except AwayError as error:
                if not self._is_away:
                    self._is_away = True
                    self._news.append(
                        f"{self._host} does not answer and is asked again for {self._patience:.0f} "
                        f"s: {error}"
                    )
                if now() >= limit:
                    raise BridgeError(
                        f"{self._host} has not answered for {self._patience:.0f} s: {error}"
                    ) from None
                await asyncio.sleep(SECONDS_BETWEEN_TRIES)
            else:
                if self._is_away:
                    self._is_away = False
                    self._news.append(f"{self._host} answers again")
                return answer
