"""Non-retryable failures: bad data or settings, which another attempt cannot fix.

The profile's `retries` are for lost nodes and for too little memory or time. A command that reports
an error of its own (exit code 1 or 2) writes a marker: the file that JOB_GUARD_FAILURE names,
with the exit code on its first line and the message below. The marker lies beside the command's
log, and its name contains a key of inputs, code and settings. The next attempt of the same run
finds it and ends at once with the same message. The first attempt of a run removes old markers, so
that the command runs again after the user has fixed the cause.

claims.sh calls this file with Snakemake's attempt number and the shell command. It prints the
marker's path; or it writes the message to standard error and to the log, which Snakemake has
emptied. Standard library only: it runs as a program of its own.
"""

import hashlib
import shlex
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

SUFFIX = "failure"


def log_of(command: str) -> Path | None:
    """Return the log of a stage's command, which ends in ``| tee LOG``; None if it has none."""
    words = shlex.split(command, comments=False)
    logs = [following for word, following in pairwise(words) if word == "tee"]
    return Path(logs[-1]) if logs else None


def marker_of(command: str) -> Path | None:
    """Return the path of the marker for a stage's command; None if it has no log.

    The key covers the command's text (settings), the path, size and time of each file that it
    names (inputs), and all Python files in the folder of its program (code).
    """
    log = log_of(command)
    if log is None:
        return None
    key = hashlib.sha256(command.encode())
    files = [path for path in named_files(command) if path != log]
    for path in files:
        state = path.stat()
        key.update(f"\0{path}\0{state.st_size}\0{state.st_mtime_ns}".encode())
    for program in [path for path in files if path.suffix == ".py"][:1]:
        for code in sorted(program.parent.rglob("*.py")):
            key.update(f"\0{code}\0".encode() + code.read_bytes())
    return log.with_name(f"{log.stem}.{key.hexdigest()[:16]}.{SUFFIX}")


def named_files(command: str) -> list[Path]:
    """Return the files that a command names: as words, ``--option=FILE`` or in lists ``@FILE``."""
    paths = []
    for word in shlex.split(command, comments=False):
        option, _, value = word.partition("=")
        name = value if option.startswith("--") else word
        if name.startswith("@") and _is_file(name[1:]):
            paths += [name[1:], *Path(name[1:]).read_text().splitlines()]
        paths.append(name)
    return [Path(path) for path in paths if _is_file(path)]


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except OSError:  # a setting in JSON is no file name, but may be too long for one
        return False


def remove_markers(marker: Path) -> None:
    """Remove all markers of the same log."""
    log_name = marker.name.split(".")[:-2]
    for old in marker.parent.glob(f"*.{SUFFIX}"):
        if old.name.split(".")[:-2] == log_name:
            old.unlink(missing_ok=True)


def main(argv: Sequence[str]) -> int:
    """Return 0, or the exit code of a non-retryable failure."""
    attempt, log, marker = int(argv[0]), log_of(argv[1]), marker_of(argv[1])
    if log is None or marker is None:
        return 0
    if attempt == 1:
        remove_markers(marker)
    elif marker.is_file():
        code, _, message = marker.read_text().partition("\n")
        message += "Not tried again: another attempt would end the same way.\n"
        log.write_text(message)
        sys.stderr.write(message)
        return int(code)
    sys.stdout.write(f"{marker}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
