"""Door of a Slurm cluster: answers one question of the bridge on standard input, and ends.

    python door.py install --key bridge.pub      on the head node, in a shell in which sbatch works

`install` copies this file to a folder of its own and makes it the forced command of the bridge's
key: whatever command the owner of the key sends, sshd starts `door.py serve`. A question and its
answer are one JSON object each:

    {"protocol": 1, "do": "hello"}                         Slurm's version and partitions
    {"protocol": 1, "do": "submit", "key": ..., "asked": ..., "digest": ..., "folder": ...,
     "options": [...], "script": ...}                     submit a job, or adopt a running one
    {"protocol": 1, "do": "look", "keys": [...]}           states of jobs
    {"protocol": 1, "do": "cancel", "keys": [...]}

`key` names the work and is the name of the Slurm job; `digest` is a checksum of what the work
depends on. While a job of a key waits or runs, no second one is submitted: who asks gets that job,
or, if its digest is another one, it is cancelled first. `asked` is different for each request, so
that a question whose answer was lost can be repeated.

No text of a question reaches a shell of the head node: keys and options must match patterns, and
sbatch is called with a list of arguments. The script runs in the job only. No accounting is
needed: a job leaves its exit code in a file. A job for which nobody has asked for a while (its
lease) ends itself. Standard library only; this file is complete in itself.
"""

import argparse
import contextlib
import fcntl
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

PROTOCOL = 1
REFUSED, AGAIN = 2, 75  # exit codes: the question is wrong; ask it again later
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
HEX = re.compile(r"[0-9a-f]{8,64}")
OPTION = re.compile(
    r"--(account|constraint|cpus-per-task|exclude|exclusive|gpus|gres|hint|licenses|mem|mem-per-cpu"
    r"|no-kill|nodelist|nodes|ntasks|ntasks-per-gpu|ntasks-per-node|partition|qos|requeue"
    r"|no-requeue|reservation|switches|time|tmp)(=[\w.,:+&|()@*/\[\]!-]+)?",
    re.ASCII,
)
PUBLIC_KEY = re.compile(r"(?:ssh|ecdsa|sk)-[\w@.-]+ [A-Za-z0-9+/]+=*(?: [^\n\"]*)?")
ENDED = {
    "BOOT_FAIL",
    "CANCELLED",
    "COMPLETED",
    "DEADLINE",
    "FAILED",
    "LAUNCH_FAILED",
    "NODE_FAIL",
    "OUT_OF_MEMORY",
    "PREEMPTED",
    "RECONFIG_FAIL",
    "REVOKED",
    "TIMEOUT",
}
NO_CONTROLLER = (
    "Unable to contact slurm controller",
    "Socket timed out",
    "Connection refused",
    "Zero Bytes were transmitted",
    "Slurm backup controller in standby mode",
)
SECONDS_TO_ANSWER = 40.0
LEASE_MINUTES = 30.0
LAST_BYTES = 16_384
LARGEST_QUESTION = 3 << 20
DAYS_TO_KEEP = 14
JOB = """\
#!/bin/bash
# Written by door.py: runs a script, records its exit code, ends it when nobody asks for it.
here={here}
own=$here/$SLURM_JOB_ID
record() {{ echo "$1" >"$own.new" && mv "$own.new" "$own.exit" && rm -f "$own.now"; }}
is_stale() {{
    # Both times are of the file server: the clocks of the nodes may differ.
    touch "$own.now" && now=$(stat -c %Y "$own.now") && asked=$(stat -c %Y "$here/lease") \\
        && [ $((now - asked)) -gt {lease} ]
}}
rm -f "$own.exit"
trap 'record $?' EXIT
if is_stale; then
    echo "Nobody has asked for this job for {lease} s: it does not begin."
    exit 144
fi
# Ends when this shell does, or closes the pipe.
exec 9> >(
    while read -r -t {interval}; [ $? -gt 128 ]; do
        if is_stale; then
            echo "Nobody has asked for this job for {lease} s: it ends."
            scancel "$SLURM_JOB_ID"
        fi
    done
)
cd {folder} || exit 1
script={script}
bash <(printf '%s\\n' "$script") </dev/null 9>&- &
wait $!
"""


class RefusedError(Exception):
    """The question is wrong, or Slurm refuses the job: asking again would not help."""


class AgainError(Exception):
    """There is no answer at the moment."""


class SlurmJob(NamedTuple):
    """A job as squeue shows it, or as it was recorded when it was submitted."""

    job: str
    state: str
    asked: str
    digest: str


class Door:
    """Answers to the questions, with the files of one folder.

    Args:
        folder: of the door; each key has a folder in it.
        lease: seconds after which a job ends for which nobody asks.
    """

    def __init__(self, folder: Path, lease: float) -> None:
        self.folder, self.lease = folder, lease

    def answer(self, question: Any) -> dict[str, Any]:
        """Return the answer to a question.

        Raises:
            RefusedError: it is none that is described above.
            AgainError: Slurm does not answer at the moment.
        """
        if not isinstance(question, dict):
            raise RefusedError("found no JSON object")
        if (theirs := question.get("protocol")) != PROTOCOL:
            raise RefusedError(
                f"found a door with protocol {PROTOCOL}, expected {theirs}; "
                "install the door of the same version there (python door.py install)"
            )
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        kinds = {
            "hello": self.hello,
            "submit": self.submit,
            "look": self.look,
            "cancel": self.cancel,
        }
        kind = question.get("do")
        if not isinstance(kind, str) or kind not in kinds:
            raise RefusedError(f"do: found {kind!r}, expected one of {', '.join(kinds)}")
        return kinds[kind](question)

    def hello(self, _: dict[str, Any]) -> dict[str, Any]:
        """Return host, version of Slurm, partitions and the lease."""
        partitions = ask("sinfo", "--noheader", "--format=%R").split()
        return {
            "host": socket.gethostname(),
            "slurm": ask("sbatch", "--version").strip(),
            "partitions": sorted(set(partitions)),
            "lease": self.lease,
        }

    def submit(self, question: dict[str, Any]) -> dict[str, Any]:
        """Submit a job, or adopt the one of the same key and digest."""
        (key,) = checked_keys([question.get("key")])
        asked = checked(question, "asked", HEX)
        digest = checked(question, "digest", HEX)
        here = self.folder / key
        here.mkdir(exist_ok=True, mode=0o700)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (here / "lease").touch()
            recorded = read_record(here)
            if recorded is not None and recorded.asked == asked:
                return {"job": recorded.job, "adopted": False}  # its answer was lost
            current = jobs_of_slurm().get(key)
            if current is not None and current.state not in ENDED:
                if current.digest != digest:
                    ask("scancel", current.job)
                    raise AgainError(
                        f"job {current.job} of other settings or inputs writes the same files and "
                        "was cancelled; waiting for its end"
                    )
                write_record(here, current.job, asked, digest)
                return {"job": current.job, "adopted": current.asked != asked}
            if current is not None and current.asked == asked:
                write_record(here, current.job, asked, digest)
                return {"job": current.job, "adopted": False}
            job = self._sbatch(key, asked, digest, question)
            write_record(here, job, asked, digest)
            self._forget_old(keep=key)
        return {"job": job, "adopted": False}

    def _sbatch(self, key: str, asked: str, digest: str, question: dict[str, Any]) -> str:
        options, script, folder = (question.get(x) for x in ("options", "script", "folder"))
        if not isinstance(options, list) or not all(isinstance(word, str) for word in options):
            raise RefusedError("options: expected a list of texts")
        if wrong := [word for word in options if not OPTION.fullmatch(word)]:
            raise RefusedError(f"options: found {wrong[0]!r}, which this door does not accept")
        if not isinstance(script, str) or "\0" in script:
            raise RefusedError("script: expected a text")
        if not isinstance(folder, str) or not folder.startswith("/") or "\0" in folder:
            raise RefusedError(f"folder: found {folder!r}, expected an absolute path")
        here = self.folder / key
        for file in here.glob("*.*"):
            file.unlink(missing_ok=True)  # of an earlier job, which has ended
        batch = JOB.format(
            here=shlex.quote(str(here)),
            lease=round(self.lease),
            interval=max(1, min(30, round(self.lease / 4))),
            folder=shlex.quote(folder),
            script=shlex.quote(script),
        )
        log = str(here).replace("\\", "\\\\").replace("%", "%%") + "/%j.log"
        printed = ask(
            "sbatch",
            "--parsable",
            f"--job-name={key}",
            f"--comment={asked} {digest}",
            f"--output={log}",
            "--open-mode=append",
            *options,
            standard_input=batch,
        )
        return printed.strip().split(";")[0]

    def _forget_old(self, keep: str) -> None:
        """Remove the files of keys for which nobody has asked for long."""
        oldest = time.time() - DAYS_TO_KEEP * 86_400
        for lease in self.folder.glob("*/lease"):
            with contextlib.suppress(OSError):
                if lease.parent.name != keep and lease.stat().st_mtime < oldest:
                    shutil.rmtree(lease.parent, ignore_errors=True)

    def look(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the states of jobs by key, and renew their leases."""
        keys = checked_keys(question.get("keys"))
        for key in keys:
            with contextlib.suppress(FileNotFoundError):
                os.utime(self.folder / key / "lease")
        known = {one.job: one for one in jobs_of_slurm().values()}
        return {"jobs": {key: self._state(self.folder / key, known) for key in keys}}

    @staticmethod
    def _state(here: Path, known: dict[str, SlurmJob]) -> dict[str, Any]:
        """Return Slurm's word, or where Slurm has forgotten the job, that of its exit file."""
        recorded = read_record(here)
        if recorded is None:
            return {"job": "", "state": "LOST", "ended": False, "exit": None}
        code = None
        with contextlib.suppress(OSError, ValueError):
            code = int((here / f"{recorded.job}.exit").read_text())
        if recorded.job in known:
            state = known[recorded.job].state
        else:
            state = "LOST" if code is None else "FAILED" if code else "COMPLETED"
        ended = state in ENDED
        found = {"job": recorded.job, "state": state, "ended": ended, "exit": code}
        return found | ({"lines": end_of(here / f"{recorded.job}.log")} if ended else {})

    @staticmethod
    def cancel(question: dict[str, Any]) -> dict[str, Any]:
        """Cancel the jobs of keys."""
        keys = checked_keys(question.get("keys"))
        current = jobs_of_slurm()
        found = [current[key] for key in keys if key in current]
        live = [one.job for one in found if one.state not in ENDED]
        if live:
            ask("scancel", *live)
        return {"cancelled": live}


def checked_keys(keys: Any) -> list[str]:
    """Return keys that match the pattern."""
    if not isinstance(keys, list) or not keys:
        raise RefusedError("keys: expected a list")
    for key in keys:
        if not isinstance(key, str) or not KEY.fullmatch(key):
            raise RefusedError(f"key: found {key!r}, expected letters, digits, dots, _ and -")
    return keys


def checked(question: dict[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    """Return a text of the question that matches a pattern."""
    value = question.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise RefusedError(f"{name}: found {value!r}, expected hexadecimal digits")
    return value


def jobs_of_slurm() -> dict[str, SlurmJob]:
    """Return by name the newest job of this user that Slurm knows."""
    listed = ask("squeue", "--me", "--states=all", "--noheader", "--format=%A|%T|%k|%j")
    rows = (line.split("|", 3) for line in listed.splitlines())
    found: dict[str, SlurmJob] = {}
    for row in sorted((row for row in rows if len(row) == 4), key=lambda row: int(row[0])):
        job, state, comment, name = row
        asked, _, digest = comment.partition(" ")
        found[name] = SlurmJob(job, state, asked, digest)
    return found


def read_record(here: Path) -> SlurmJob | None:
    """Return the last job of a key; None if there is none."""
    try:
        job, asked, digest = (here / "job").read_text().split()
    except (OSError, ValueError):
        return None
    return SlurmJob(job, "", asked, digest)


def write_record(here: Path, job: str, asked: str, digest: str) -> None:
    """Record the last job of a key."""
    (here / "job.new").write_text(f"{job} {asked} {digest}\n")
    (here / "job.new").replace(here / "job")


def end_of(log: Path) -> str:
    """Return the last lines of a log; "" if there is none."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - LAST_BYTES))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def ask(*command: str, standard_input: str = "") -> str:
    """Return what a program of Slurm prints.

    Raises:
        RefusedError: sbatch refuses the job, with its words.
        AgainError: slurmctld does not answer.
    """
    try:
        done = subprocess.run(
            command,
            input=standard_input,
            capture_output=True,
            text=True,
            timeout=SECONDS_TO_ANSWER,
            check=False,
        )
    except FileNotFoundError:
        raise RefusedError(f"found no program {command[0]} in {os.environ['PATH']}") from None
    except subprocess.TimeoutExpired:
        raise AgainError(f"{command[0]}: no answer in {SECONDS_TO_ANSWER:.0f} s") from None
    if done.returncode == 0:
        return done.stdout
    words = " ".join(done.stderr.split())
    if command[0] == "sbatch" and not any(phrase in words for phrase in NO_CONTROLLER):
        raise RefusedError(words)
    raise AgainError(words or f"{command[0]}: exit code {done.returncode}")


def serve(arguments: argparse.Namespace) -> int:
    """Answer the question on standard input."""
    for name in [name for name in os.environ if name.startswith("SSH_")]:
        del os.environ[name]  # sbatch passes the others to the job
    os.environ["PATH"] = arguments.path
    try:
        text = sys.stdin.buffer.read(LARGEST_QUESTION + 1)
        if len(text) > LARGEST_QUESTION:
            raise RefusedError(f"the question is larger than {LARGEST_QUESTION} bytes")
        try:
            question = json.loads(text)
        except (ValueError, RecursionError):
            raise RefusedError("found no JSON object") from None
        reply = Door(arguments.folder, arguments.lease_minutes * 60).answer(question)
        code = 0
    except RefusedError as error:
        reply, code = {"refused": str(error)}, REFUSED
    except (AgainError, OSError) as error:
        reply, code = {"again": str(error)}, AGAIN
    sys.stdout.write(json.dumps({"protocol": PROTOCOL} | reply) + "\n")
    return code


def install(arguments: argparse.Namespace) -> int:
    """Copy this file, and make it the forced command of a key."""
    try:
        words = install_key(
            arguments.key, arguments.folder, arguments.lease_minutes, arguments.authorized_keys
        )
    except (OSError, RefusedError) as error:
        sys.stderr.write(f"door.py: {error}\n")
        return 1
    sys.stdout.write(f"Line of {arguments.authorized_keys}:\n{words}\n")
    return 0


def install_key(key: Path, folder: Path, lease_minutes: float, authorized_keys: Path) -> str:
    """Write the door's line to authorized_keys in place of an older one of the same key.

    Returns:
        The line.

    Raises:
        RefusedError: the file is no public key, or there is no Slurm here.
    """
    public = key.read_text().strip()
    if not PUBLIC_KEY.fullmatch(public):
        raise RefusedError(
            f"{key}: found something else, expected one public key of OpenSSH (KEY.pub)"
        )
    if shutil.which("sbatch") is None:
        raise RefusedError(
            "found no program sbatch on PATH, expected the head node of a Slurm cluster; "
            "use a shell in which sbatch works"
        )
    folder = folder.expanduser().absolute()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    program = folder / "door.py"
    if program != Path(__file__).absolute():
        shutil.copyfile(__file__, program.with_suffix(".new"))
        program.with_suffix(".new").replace(program)
    words = [sys.executable, "-I", "-S", str(program), "serve", str(folder / "jobs")]
    words += [f"--lease-minutes={lease_minutes:g}", f"--path={os.environ['PATH']}"]
    command = shlex.join(words).replace("\\", "\\\\").replace('"', '\\"')
    line = f'restrict,command="{command}" {public}'
    authorized_keys = authorized_keys.expanduser()
    authorized_keys.parent.mkdir(exist_ok=True, mode=0o700)
    known = authorized_keys.read_text().splitlines() if authorized_keys.exists() else []
    secret = public.split()[1]
    lines = [*(old for old in known if secret not in old.split()), line]
    write_private(authorized_keys, lines)
    return line


def write_private(file: Path, lines: Iterable[str]) -> None:
    """Replace a file by one that only its owner can read."""
    temporary = file.with_name(f"{file.name}.new")
    temporary.touch(mode=0o600)
    temporary.write_text("".join(f"{line}\n" for line in lines))
    temporary.replace(file)


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the arguments of the command line."""
    parser = argparse.ArgumentParser(description="Door of a Slurm cluster for jobs over ssh.")
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("install", help="make this program the forced command of a key")
    one.add_argument("--key", type=Path, required=True, help="public key of the bridge")
    one.add_argument(
        "--folder",
        type=Path,
        default=Path("~/.snakemake-door"),
        help="folder for program and jobs, seen by all nodes (%(default)s)",
    )
    one.add_argument("--authorized-keys", type=Path, default=Path("~/.ssh/authorized_keys"))
    one.set_defaults(run=install)
    other = commands.add_parser("serve", help="answer the question on standard input")
    other.add_argument("folder", type=Path)
    other.add_argument("--path", default=os.environ.get("PATH", os.defpath), help="PATH of jobs")
    other.set_defaults(run=serve)
    for command in (one, other):
        command.add_argument(
            "--lease-minutes",
            type=float,
            default=LEASE_MINUTES,
            help="end a job for which nobody has asked for so long (%(default)g)",
        )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one action; return the exit code."""
    arguments = parse_arguments(argv)
    code: int = arguments.run(arguments)
    return code


if __name__ == "__main__":
    sys.exit(main())
