"""The `sacct`, `sbatch` and `srun` that Snakemake's Slurm plugin gets to see.

Plugin 2.8 waits for ever for a job that its status command does not know, drops all jobs where that
command fails too often, and fails a job where slurmctld is silent at the moment of its submission
or of its first step. `install` writes three small programs into the run's work folder and puts
them first on PATH; they call this file. With and without accounting:

    sacct     tells the state of each submitted job from squeue; else from Slurm's own sacct; else
              from the exit code that the job recorded. A job that none of them knows has failed.
    sbatch    waits for a silent slurmctld, and writes down which jobs it submitted.
    srun      in a job, waits for a silent slurmctld before it starts a step.

Records lie in one folder per run of Snakemake, named like its Slurm jobs:

    <job>.submitted   its comment (rule and wildcards); written by sbatch
    <job>.token       fencing token of the attempt that may write output; written by claims.py
    <job>.exit        exit code of its command; written by claims.sh

It runs as a program of its own: standard library only, no import from this repository.
"""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, MutableMapping, Sequence
from pathlib import Path
from typing import NamedTuple

PROGRAMS = ("sacct", "sbatch", "srun")
MAIN_PROCESS = "SLURM_GUARD_MAIN_PROCESS"  # variable with the process id of the run's Snakemake
SECONDS_TO_ANSWER = 25.0  # the plugin gives up after 60 s, and two programs are asked
SECONDS_BETWEEN_TRIES = 5.0
TRIES_OF_A_STEP, SECONDS_BETWEEN_STEPS = 60, 1.0

# Jobs in these states have ended; in all other states they wait, run or will be started again.
ENDED = {
    "COMPLETED",
    "FAILED",
    "CANCELLED",
    "TIMEOUT",
    "OUT_OF_MEMORY",
    "NODE_FAIL",
    "PREEMPTED",
    "BOOT_FAIL",
    "DEADLINE",
    "REVOKED",
    "LAUNCH_FAILED",
    "RECONFIG_FAIL",
}
# For some of them the plugin waits none the less. Slurm shows these for jobs that it has given up:
# one that it starts again is PENDING.
FAILED = {"NODE_FAIL", "PREEMPTED", "REVOKED", "LAUNCH_FAILED", "RECONFIG_FAIL"}
SILENT_CONTROLLER = (
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


class Answer(NamedTuple):
    """How a program of Slurm ended."""

    code: int
    out: str
    errors: str


def install(records: Path, environment: MutableMapping[str, str] = os.environ) -> Path:
    """Write the programs to ``records/bin`` and put them first on PATH.

    Args:
        records: folder for the records of all runs, made if need be.
        environment: where PATH is set, and MAIN_PROCESS for ``sbatch``.
    """
    folder = records.absolute() / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    words = {
        # Its spaces may be masked for Snakemake's sake (rules/programs.py).
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
    """State by id of the jobs that ``run`` submitted; those that nobody can tell now are left out.

    Args:
        records: folder of all runs.
        run: name of the run's Slurm jobs.
        ask: runs a program and returns its answer.
    """
    folder = records / run
    # Listed first: a job that is submitted meanwhile must not be missed in squeue's answer.
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
    """What the job recorded at its end; None if it did not come to that."""
    try:
        return int((folder / f"{job}.exit").read_text())
    except (FileNotFoundError, ValueError):
        return None


def failure_reason(records: Path, job: str, ask: Callable[..., Answer]) -> str:
    """Why a job failed, in one line, for the plugin's message."""
    told = ask("squeue", "--noheader", "--states=all", "--format=%T, %r", f"--jobs={job}")
    if told.code == 0 and told.out.strip():
        return told.out.strip().removesuffix(", None")
    folders = [file.parent for file in records.glob(f"*/{job}.submitted")]
    newest = max(folders, key=lambda folder: folder.stat().st_mtime, default=records)
    code = recorded_exit_code(newest, job)
    if code is not None:
        return f"ended with exit code {code}"
    return "vanished from squeue without an exit code: killed with its node, or Slurm lost it"


def submit(records: Path, arguments: Sequence[str], ask: Callable[..., Answer]) -> Answer:
    """Submit a job as ``sbatch`` does; where slurmctld is silent, wait until it is back.

    A job of which only the answer got lost is not submitted a second time.
    """
    run, comment = option(arguments, "--job-name"), option(arguments, "--comment")
    if not run:
        return ask("sbatch", *arguments, seconds=None)
    folder = records / run
    folder.mkdir(parents=True, exist_ok=True)
    answer = ask("sbatch", *arguments, seconds=None)
    while answer.code and any(sign in answer.errors for sign in SILENT_CONTROLLER):
        _tell(f"no answer of slurmctld, going on when it is back: {answer.errors.strip()}")
        if job := _lost_submission(folder, run, comment, ask):
            answer = Answer(0, f"{job}\n", "")
        else:
            answer = ask("sbatch", *arguments, seconds=None)
    if answer.code == 0:
        job = answer.out.strip().partition(";")[0]
        # A slurmctld that lost its state gives an id a second time.
        (folder / f"{job}.exit").unlink(missing_ok=True)
        (folder / f"{job}.submitted").write_text(f"{comment}\n")
    return answer


def wait_for_controller(job: str, ask: Callable[..., Answer]) -> None:
    """Return as soon as slurmctld answers for the job and, where it was away, starts its steps.

    Just after its start it refuses steps: "Requested nodes are busy". `srun` then sleeps until
    another step of the job ends, for minutes at least (Slurm 22.05). So a tiny step goes first.
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


def _tell(message: str) -> None:
    """Write to the standard error of Snakemake, which keeps that of its programs to itself.

    Where that is a file which is not appended to, Snakemake's next words would overwrite ours.
    """
    main = Path("/proc") / os.environ.get(MAIN_PROCESS, "self")
    try:
        flags = (main / "fdinfo/2").read_text().partition("flags:")[2].split()[0]
        if (main / "fd/2").is_file() and not int(flags, 8) & os.O_APPEND:
            return
        with (main / "fd/2").open("a") as terminal:
            terminal.write(f"sbatch: {message}\n")
    except OSError:
        pass  # no terminal any more: nobody to tell


def _lost_submission(folder: Path, run: str, comment: str, ask: Callable[..., Answer]) -> str:
    """Wait for slurmctld; the job of an sbatch whose answer got lost, "" if there is none."""
    command = ("squeue", "--noheader", "--states=all", "--format=%i|%k", f"--name={run}")
    while (there := ask(*command)).code:
        time.sleep(SECONDS_BETWEEN_TRIES)
    rows = (line.partition("|") for line in there.out.splitlines())
    candidates = [job for job, _, text in rows if text.strip() == comment]
    return next((job for job in candidates if not (folder / f"{job}.submitted").exists()), "")


def option(arguments: Sequence[str], *names: str) -> str:
    """Value of ``--name value`` or ``--name=value``; "" if it is not given."""
    for position, word in enumerate(arguments):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else "".join(arguments[position + 1 : position + 2])
    return ""


def ask_slurm(program: str, *arguments: str, seconds: float | None = SECONDS_TO_ANSWER) -> Answer:
    """Run a program of Slurm itself."""
    command = [path_of(program) or program, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    except FileNotFoundError:
        return Answer(127, "", f"there is no program {program}\n")
    except subprocess.TimeoutExpired:
        return Answer(124, "", f"{program} gave no answer in {seconds} s\n")
    return Answer(done.returncode, done.stdout, done.stderr)


def path_of(program: str) -> str | None:
    """Where Slurm's own program lies: the folders of `install` are passed over."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    slurms = [folder for folder in folders if not _is_ours(Path(folder) / program)]
    return shutil.which(program, path=os.pathsep.join(slurms))


def _is_ours(program: Path) -> bool:
    try:
        return Path(__file__).name.encode() in program.read_bytes()[:4096]
    except OSError:
        return False


def main(argv: Sequence[str]) -> int:
    """``sacct|sbatch|srun RECORDS ARGUMENTS...``: answer as the program of that name."""
    program, records, arguments = argv[0], Path(argv[1]), argv[2:]
    if program == "srun":
        if job := os.environ.get("SLURM_JOB_ID"):
            wait_for_controller(job, ask_slurm)
        os.execv(path_of("srun") or "srun", ["srun", *arguments])
    if program == "sbatch":
        answer = submit(records, arguments, ask_slurm)
    elif run := option(arguments, "--name"):
        states = job_states(records, run, ask_slurm)
        answer = Answer(0, "".join(f"{job}|{state}\n" for job, state in states.items()), "")
    elif "Reason" in option(arguments, "--format"):
        job, _, step = option(arguments, "-j").partition(".")
        reason = failure_reason(records, job, ask_slurm) if step == "0" else ""
        answer = Answer(0, f"{reason}\n" if reason else "", "")
    elif "Account%256" in arguments:
        # The plugin looks for the user's account, with a shell pipe that no shell reads. Where an
        # account is needed, sbatch takes the user's own, or the profile names one.
        answer = Answer(0, "", "")
    else:
        answer = ask_slurm(program, *arguments)
    sys.stdout.write(answer.out)
    sys.stderr.write(answer.errors)
    return answer.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
