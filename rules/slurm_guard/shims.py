"""Wrappers of `sacct`, `sbatch` and `srun`, which Snakemake's Slurm plugin calls in place of them.

Plugin 2.8.0 waits forever for a job that its status command does not know, forgets all jobs if that
command fails too often, and fails a job if slurmctld does not answer when the job is submitted or
starts its first step. `install` writes three small programs into the records folder and puts them
first on PATH; they call this file. With and without accounting:

    sacct     reports the state of each submitted job from squeue; else from Slurm's own sacct; else
              from the exit code that the job recorded. A job unknown to all three has failed.
    sbatch    waits for a slurmctld that does not answer, and records which jobs it submitted.
    srun      in a job, waits for a slurmctld that does not answer before it starts a step.

The records of each run of Snakemake are in one folder, which has the name of its Slurm jobs:

    <job>.submitted   its comment (rule and wildcards); written by sbatch
    <job>.token       fencing token of the attempt that may write output; written by claims.py
    <job>.exit        exit code of its command; written by claims.sh

This file runs as a program of its own: standard library and slurm.py only.
"""

import os
import shlex
import sys
import time
from collections.abc import Callable, MutableMapping, Sequence
from functools import partial
from pathlib import Path

if __name__ == "__main__":  # started with -I: this file's folder is not on sys.path
    sys.path.append(str(Path(__file__).resolve().parent))
    from slurm import Answer, ask_slurm, path_of  # type: ignore[import-not-found]
else:
    from rules.slurm_guard.slurm import Answer, ask_slurm, path_of

PROGRAMS = ("sacct", "sbatch", "srun")
MAIN_PROCESS = "JOB_GUARD_MAIN_PROCESS"  # variable with the process id of the main Snakemake
SECONDS_TO_ANSWER = 25.0  # the plugin gives up after 60 s, and two programs are asked
SECONDS_BETWEEN_TRIES = 5.0
TRIES_OF_A_STEP, SECONDS_BETWEEN_STEPS = 60, 1.0

# The plugin waits for jobs in these states, although Slurm has given them up: a job that Slurm will
# start again is PENDING.
FAILED = {"NODE_FAIL", "PREEMPTED", "REVOKED", "LAUNCH_FAILED", "RECONFIG_FAIL"}
# Jobs in these states have ended; in all others they wait, run or will be started again.
ENDED = FAILED | set(
    ["COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY", "BOOT_FAIL", "DEADLINE"]
)
NO_CONTROLLER = (
    "Unable to contact slurm controller",
    "Socket timed out",
    "Connection refused",
    "Zero Bytes were transmitted",
    "Slurm backup controller in standby mode",
)

SHIM = """\
#!/bin/sh
exec {python} -I -S {module} {program} {records} "$@"
"""

States = dict[str, str]


def install(records: Path, environment: MutableMapping[str, str] = os.environ) -> Path:
    """Write the wrappers to ``records/bin`` and put them first on PATH.

    Args:
        records: folder for the records of all runs; created if necessary.
        environment: variables in which PATH is set, and MAIN_PROCESS for ``sbatch``.

    Returns:
        The folder of the wrappers.
    """
    folder = records.absolute() / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    words = {
        # The workflow may have escaped its spaces, as Snakemake's executors do not quote it.
        "python": shlex.quote(sys.executable.replace("\\ ", " ")),
        "module": shlex.quote(str(Path(__file__).resolve())),
        "records": shlex.quote(str(records.absolute())),
    }
    for program in PROGRAMS:
        temporary = folder / f".{program}.{os.getpid()}"
        temporary.write_text(SHIM.format(program=program, **words))
        temporary.chmod(0o755)
        temporary.replace(folder / program)
    environment[MAIN_PROCESS] = str(os.getpid())
    environment["PATH"] = os.pathsep.join([str(folder), environment.get("PATH", os.defpath)])
    return folder


def job_states(records: Path, run: str, ask: Callable[..., Answer]) -> States:
    """Return the state of each job that ``run`` submitted, by id.

    Args:
        records: folder of all runs' records.
        run: name of the run's Slurm jobs.
        ask: ``ask_slurm``, or a stub.

    Returns:
        States; jobs whose state is unknown at the moment are left out.
    """
    folder = records / run
    # Listed first: a job submitted between the two calls must not be missing in squeue's answer.
    submitted = sorted(file.stem for file in folder.glob("*.submitted"))
    live = _states(ask("squeue", "--noheader", "--states=all", "--format=%i|%T", f"--name={run}"))
    accounted = _states(
        ask(
            "sacct",
            "-X",
            "--noheader",
            "--parsable2",
            "--format=JobIdRaw,State",
            f"--name={run}",
            "--starttime=now-14days",
        ),
    )
    states = {}
    for job in submitted:
        state = (live or {}).get(job) or (accounted or {}).get(job)
        code = recorded_exit_code(folder, job)
        if state in ENDED or (state is not None and live is None):
            states[job] = "FAILED" if state in FAILED else state
        elif live is not None and job in live:
            states[job] = live[job]
        elif code == 0:
            states[job] = "COMPLETED"
        elif live is not None:
            states[job] = "FAILED"
    return states


def _states(answer: Answer) -> States | None:
    if answer.code:
        return None
    rows = (line.split("|") for line in answer.out.splitlines())
    # "CANCELLED by 1000" is CANCELLED; the plugin would wait for such a job.
    return {row[0].strip(): row[1].split()[0] for row in rows if len(row) > 1 and row[1].strip()}


def recorded_exit_code(folder: Path, job: str) -> int | None:
    """Return the exit code that the job recorded at its end; None if it recorded none."""
    try:
        return int((folder / f"{job}.exit").read_text())
    except (FileNotFoundError, ValueError):
        return None


def failure_reason(records: Path, job: str, ask: Callable[..., Answer]) -> str:
    """Return why a job failed, on one line, for the plugin's message."""
    answer = ask("squeue", "--noheader", "--states=all", "--format=%T, %r", f"--jobs={job}")
    if answer.code == 0 and answer.out.strip():
        return answer.out.strip().removesuffix(", None")
    folders = [file.parent for file in records.glob(f"*/{job}.submitted")]
    newest = max(folders, key=lambda folder: folder.stat().st_mtime, default=records)
    code = recorded_exit_code(newest, job)
    if code is not None:
        return f"ended with exit code {code}"
    return "vanished from squeue without an exit code: killed with its node, or Slurm lost it"


def submit(records: Path, arguments: Sequence[str], ask: Callable[..., Answer]) -> Answer:
    """Submit a job as ``sbatch`` does; wait for slurmctld if it does not answer.

    If the job was submitted and only the answer was lost, it is not submitted a second time.
    """
    run, comment = option(arguments, "--job-name"), option(arguments, "--comment")
    if not run:
        return ask("sbatch", *arguments, seconds=None)
    folder = records / run
    folder.mkdir(parents=True, exist_ok=True)
    answer = ask("sbatch", *arguments, seconds=None)
    while answer.code and any(text in answer.errors for text in NO_CONTROLLER):
        _report(f"slurmctld does not answer, waiting until it does: {answer.errors.strip()}")
        if job := _lost_submission(folder, run, comment, ask):
            answer = Answer(0, f"{job}\n", "")
        else:
            answer = ask("sbatch", *arguments, seconds=None)
    if answer.code == 0:
        job = answer.out.strip().partition(";")[0]
        # A slurmctld that has lost its state assigns an id a second time.
        (folder / f"{job}.exit").unlink(missing_ok=True)
        (folder / f"{job}.submitted").write_text(f"{comment}\n")
    return answer


def wait_for_controller(job: str, ask: Callable[..., Answer]) -> None:
    """Return as soon as slurmctld answers for the job and, after an outage, starts its steps.

    Just after its start slurmctld refuses steps: "Requested nodes are busy". `srun` then sleeps
    until another step of the job ends, for minutes at least (Slurm 22.05). Therefore a tiny step
    is started first.
    """
    command = ("squeue", "--noheader", "--format=%D", f"--jobs={job}")
    answer = ask(*command)
    if answer.code == 0:
        return
    while answer.code:
        time.sleep(SECONDS_BETWEEN_TRIES)
        answer = ask(*command)
    nodes = answer.out.strip() or "1"
    step = (
        f"--jobid={job}",
        f"--nodes={nodes}",
        f"--ntasks={nodes}",
        "--overlap",
        "--mpi=none",
        "--immediate=2",
        "--quiet",
        "true",
    )
    for _ in range(TRIES_OF_A_STEP):
        if ask("srun", *step).code == 0:
            return
        time.sleep(SECONDS_BETWEEN_STEPS)


def _report(message: str) -> None:
    """Write to the standard error of the main Snakemake, which captures that of its programs.

    If that is a file not opened for appending, nothing is written: Snakemake would overwrite it.
    """
    main = Path("/proc") / os.environ.get(MAIN_PROCESS, "self")
    try:
        flags = (main / "fdinfo/2").read_text().partition("flags:")[2].split()[0]
        if (main / "fd/2").is_file() and not int(flags, 8) & os.O_APPEND:
            return
        with (main / "fd/2").open("a") as terminal:
            terminal.write(f"sbatch: {message}\n")
    except OSError:
        pass  # the terminal has been closed


def _lost_submission(folder: Path, run: str, comment: str, ask: Callable[..., Answer]) -> str:
    """Wait for slurmctld, then return the job of an sbatch whose answer was lost; "" if none."""
    command = ("squeue", "--noheader", "--states=all", "--format=%i|%k", f"--name={run}")
    while (answer := ask(*command)).code:
        time.sleep(SECONDS_BETWEEN_TRIES)
    rows = (line.partition("|") for line in answer.out.splitlines())
    candidates = [job for job, _, text in rows if text.strip() == comment]
    return next((job for job in candidates if not (folder / f"{job}.submitted").exists()), "")


def option(arguments: Sequence[str], *names: str) -> str:
    """Return the value of ``--name value`` or ``--name=value``; "" if it is not given."""
    for position, word in enumerate(arguments):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else "".join(arguments[position + 1 : position + 2])
    return ""


def main(argv: Sequence[str]) -> int:
    """Answer as the program of ``sacct|sbatch|srun RECORDS ARGUMENTS...``; return its exit code."""
    program, records, arguments = argv[0], Path(argv[1]), argv[2:]
    ask = partial(ask_slurm, seconds=SECONDS_TO_ANSWER)
    if program == "srun":
        if job := os.environ.get("SLURM_JOB_ID"):
            wait_for_controller(job, ask)
        os.execv(path_of("srun") or "srun", ["srun", *arguments])
    if program == "sbatch":
        answer = submit(records, arguments, ask)
    elif run := option(arguments, "--name"):
        states = job_states(records, run, ask)
        answer = Answer(0, "".join(f"{job}|{state}\n" for job, state in states.items()), "")
    elif "Reason" in option(arguments, "--format"):
        job, _, step = option(arguments, "-j").partition(".")
        reason = failure_reason(records, job, ask) if step == "0" else ""
        answer = Answer(0, f"{reason}\n" if reason else "", "")
    elif "Account%256" in arguments:
        # The plugin looks up the user's account, with a shell pipe that no shell interprets. If the
        # cluster needs an account, sbatch takes the user's default or the profile names one.
        answer = Answer(0, "", "")
    else:
        answer = ask(program, *arguments)
    sys.stdout.write(answer.out)
    sys.stderr.write(answer.errors)
    return answer.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
