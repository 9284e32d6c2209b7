"""Failures that another attempt cannot mend: bad data or settings, told by the command itself.

The profile's `retries` are for lost nodes, too little memory and time. A command that ends with a
message of its own (exit code 1 or 2) leaves a marker beside its log (workflow_scripts/
command_line.py). Its name holds a key of inputs, code and settings; the next attempt of the same
run finds it and ends at once with the same message. The first attempt of a run removes old
markers, so that whatever was mended meanwhile is tried.

Called by slurm_job.sh with the attempt and the shell command; prints the marker's path, or the
message to standard error. Standard library only, no import from this repository.
"""

import hashlib
import shlex
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

SUFFIX = "failure"


def marker_of(command: str) -> Path | None:
    """Where the marker of a stage's command lies; None if it is no stage with a log (``| tee``).

    The key is made of the command's text (settings), of the path, size and time of each file that
    it names (inputs), and of all Python files of the folder its program lies in (code).
    """
    words = shlex.split(command, comments=False)
    logs = [following for word, following in pairwise(words) if word == "tee"]
    if not logs:
        return None
    log = Path(logs[-1])
    key = hashlib.sha256(command.encode())
    files = [path for word in words if word != logs[-1] and (path := Path(word)).is_file()]
    for path in files:
        state = path.stat()
        key.update(f"\0{path}\0{state.st_size}\0{state.st_mtime_ns}".encode())
    for program in [path for path in files if path.suffix == ".py"][:1]:
        for code in sorted(program.parent.rglob("*.py")):
            key.update(f"\0{code}\0".encode() + code.read_bytes())
    return log.with_name(f"{log.stem}.{key.hexdigest()[:16]}.{SUFFIX}")


def remove_markers(marker: Path) -> None:
    """Remove all markers of the same log."""
    log_name = marker.name.split(".")[:-2]
    for old in marker.parent.glob(f"*.{SUFFIX}"):
        if old.name.split(".")[:-2] == log_name:
            old.unlink(missing_ok=True)


def main(argv: Sequence[str]) -> int:
    """Exit code 0, or that of the settled failure."""
    attempt, marker = int(argv[0]), marker_of(argv[1])
    if marker is None:
        return 0
    if attempt == 1:
        remove_markers(marker)
    elif marker.is_file():
        code, _, message = marker.read_text().partition("\n")
        sys.stderr.write(message)
        sys.stderr.write("Not tried again: another attempt would end the same way.\n")
        return int(code)
    sys.stdout.write(f"{marker}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
