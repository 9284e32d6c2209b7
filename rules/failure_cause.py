"""Cause of a failed job, from its exit code and log: not the launcher's banner, but what it hides.

Launchers of MPI ranks report at length that a rank has ended, after the rank's own message.
"""

import re
import signal
from collections.abc import Sequence

# How the commands end: InputError, an error of the operating system, wrong arguments.
_OWN_MESSAGE = re.compile(
    r"(?P<command>[a-z_]+): (?:error: .+|interrupted|.+: found .+, expected .+; .+"
    r"|.+; check the path and its permissions|.+; free space, or quota, .+|.+`ulimit -n`"
    r"|out of memory .+)"
)
_EXCEPTION = re.compile(r"(?:\w+\.)*[A-Z]\w*(?:Error|Exception|Interrupt)\b(?:: .*)?")
_OUT_OF_MEMORY = re.compile(
    r"oom[-_ ]?kill|out of memory|OUT_OF_MEMORY|MemoryError|bad_alloc|cannot allocate memory",
    re.IGNORECASE,
)
_CANCELLED = re.compile(r"CANCELLED AT \S+ DUE TO (.+?) \*\*\*")
# How snakemake_executor_plugin_ray reports what the job itself cannot report.
_OF_RAY = re.compile(
    r"The job was ended on \S+: (?P<time>it exceeded its runtime of \d+ minutes)\."
    r"|(?P<memory>Ray ended the job because its node ran out of memory)\."
    r"|(?P<other>(?:The node of the job|The Ray worker of the job|No node of the Ray cluster"
    r"|Ray could not run the job).*)"
)
_SIGNAL = re.compile(r"(?:exited on\s+signal |\(signal |KILLED BY SIGNAL: )(\d+)")
_RULER = re.compile(r"[-=]{20,}\s*")  # around the messages of Open MPI and MPICH
_LAUNCHER = re.compile(
    r"(?:srun|slurmstepd|mpiexec|mpirun|prterun): .*"
    r"|\[[^\]]+:\d[^\]]*\] .*|Proc: \[\[.*|Errorcode: .*"
    r"|\[(?:mpiexec|proxy)[^\]]*\].*|=   .*|YOUR APPLICATION TERMINATED .*"
    r"|Abort\(\d+\) on node .*|application called MPI_Abort.*"
)
MORE_MEMORY = "use fewer --cores, a machine with more memory, or a larger mem_mb in the profile"


def cause(rule: str, lines: Sequence[str], exit_code: int | None) -> str:
    """Return why a job failed, on one line; "" if neither log nor exit code shows it.

    Args:
        rule: name of the stage.
        lines: its log.
        exit_code: of its command; None if unknown.
    """
    own = [line for line in lines if _OWN_MESSAGE.fullmatch(line) and not _LAUNCHER.fullmatch(line)]
    if own:
        return own[0]  # other ranks may follow with errors that are consequences
    if any(map(_OUT_OF_MEMORY.search, lines)):
        return f"{rule}: out of memory; {MORE_MEMORY}"
    if cancelled := next(filter(None, map(_CANCELLED.search, lines)), None):
        return f"{rule}: cancelled by Slurm due to {cancelled[1].lower()}"
    if number := _killing_signal(lines, exit_code):
        return f"{rule}: {_killed(number)}"
    if exceptions := [line for line in lines if _EXCEPTION.fullmatch(line)]:
        return f"{rule}: {exceptions[-1]}"
    return f"{rule}: exit code {exit_code}" if exit_code else ""


def cause_on_ray(rule: str, message: str) -> str:
    """Return why Ray's executor ended a job or could not run it, on one line; "" if it did not.

    Args:
        rule: name of the stage.
        message: sentence of the executor.
    """
    found = _OF_RAY.match(message)
    if found is None:
        return ""
    if found["time"]:
        return f"{rule}: {found['time']}; set a larger one in the profile (set-resources)"
    if found["memory"]:
        return f"{rule}: {found['memory']}; {MORE_MEMORY}"
    return f"{rule}: {found['other'].rstrip('.')}"


def without_launcher(lines: Sequence[str]) -> list[str]:
    """Return the lines of a log without the banners of Open MPI, MPICH and srun."""
    rulers = [number for number, line in enumerate(lines) if _RULER.fullmatch(line)]
    banners = {
        number
        for first, last in zip(rulers[::2], rulers[1::2], strict=False)
        for number in range(first, last + 1)
    }
    return [
        line
        for number, line in enumerate(lines)
        if number not in banners and not _LAUNCHER.fullmatch(line.strip())
    ]


def _killing_signal(lines: Sequence[str], exit_code: int | None) -> int:
    """Return the number of the signal that ended a process of the job; 0 if none did."""
    if exit_code is not None and exit_code > 128:
        return exit_code - 128
    match = _SIGNAL.search("\n".join(lines))  # Open MPI breaks its lines
    return int(match[1]) if match else 0


def _killed(number: int) -> str:
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    if number == signal.SIGKILL:
        return f"killed by {name}, as the system does when memory runs out; {MORE_MEMORY}"
    return f"killed by {name}"
