"""Common parts of all commands: argument types, logging, signals, exit codes and messages."""

import argparse
import errno
import logging
import math
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write

INTERRUPTED = 130
TERMINATED = 143
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
MORE_MEMORY = "use a machine with more memory, or fewer --cores"

log = logging.getLogger("readkin")


class TerminatedError(BaseException):
    """SIGTERM arrived. Nothing catches it, so that temporary files are removed and the run ends."""


def _raise_terminated(number: int, frame: object) -> NoReturn:
    raise TerminatedError


def run_command(
    stage: Callable[[argparse.Namespace], object],
    parse_arguments: Callable[[list[str] | None], argparse.Namespace],
    argv: list[str] | None = None,
) -> int:
    """Parse ``argv``, run ``stage`` and return the exit code.

    User-facing errors become one line on stderr. Other exceptions keep their traceback; with
    ``--debug`` all do.

    A command that is started with SIGINT ignored (as by ``nohup ... &``) continues to ignore it,
    and so do its child processes: Ctrl-C in a terminal must not end a background job. SIGTERM ends
    every command.

    Args:
        stage: function that does the work, called with the parsed arguments.
        parse_arguments: function that parses ``argv``; argparse itself exits with 2.
        argv: command line without the program's name; None for that of this process.

    Returns:
        0 success; 1 bad data or failed work; 2 wrong configuration; 130 interrupted (Ctrl-C); 143
        terminated without a message (scancel, or an MPI launcher after another rank has failed).
    """
    arguments = parse_arguments(argv)
    logging.basicConfig(
        level=logging.DEBUG if arguments.debug else logging.INFO,
        format=f"{arguments.command}: %(message)s",
        force=True,
    )
    handler_before = signal.signal(signal.SIGTERM, _raise_terminated)
    try:
        stage(arguments)
    except InputError as error:
        if arguments.debug:
            raise
        if not error.is_retryable:
            _mark_non_retryable(f"{error.exit_code}\n{arguments.command}: {error}\n")
        return _report(arguments.command, str(error), error.exit_code)
    except Exception as error:
        reason = _reason_of_machine(error)
        if arguments.debug or reason is None:
            raise
        return _report(arguments.command, reason, 1)
    except TerminatedError:
        return TERMINATED
    except KeyboardInterrupt:
        return _report(arguments.command, "interrupted", INTERRUPTED)
    finally:
        signal.signal(signal.SIGTERM, handler_before)
    return 0


def _reason_of_machine(error: Exception) -> str | None:
    """Return an error of the operating system and what to do, on one line; None for another one."""
    where = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
    # Libraries in C raise errors of any type, with the text of the number among others.
    if text := next((text for text in map(os.strerror, NO_SPACE) if text in str(error)), None):
        return f"{where}{text}; free space, or quota, for work, results and TMPDIR"
    if isinstance(error, MemoryError):
        return f"out of memory ({first_line(error)}); {MORE_MEMORY}"
    if not isinstance(error, OSError):
        return None
    reason = error.strerror or first_line(error)
    if error.errno == errno.EMFILE:
        return f"{where}{reason}; allow more with `ulimit -n`"
    return f"{where}{reason}; check the path and its permissions"


def first_line(error: BaseException) -> str:
    """Return the first line of an exception's text; its type if it has none."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _mark_non_retryable(failure: str) -> None:
    """Write a marker for the next attempt of a Slurm job (rules/slurm_guard/non_retryable.py)."""
    if marker := os.environ.get("JOB_GUARD_FAILURE"):
        with atomic_write(Path(marker)) as temporary:
            temporary.write_text(failure)


def _report(command: str, message: str, exit_code: int) -> int:
    """Write a message on one line of stderr; return the exit code."""
    sys.stderr.write(f"{command}: {message}\n")
    sys.stderr.flush()
    return exit_code


def argument_parser(command: str, docstring: str | None) -> argparse.ArgumentParser:
    """Return a parser that has the option ``--debug`` and shows the docstring of the command.

    An argument ``@FILE`` is replaced by the lines of FILE, so that any number of paths fits.
    """
    parser = argparse.ArgumentParser(
        prog=command,
        description=docstring,
        epilog="@FILE is replaced by the lines of FILE, one argument each: --bam @bam_files.txt",
        fromfile_prefix_chars="@",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(command=command)
    parser.add_argument("--debug", action="store_true", help="show tracebacks and debug messages")
    return parser


def positive_int(text: str) -> int:
    """Convert an argument to an integer of at least 1."""
    return _checked_int(text, 1)


def non_negative_int(text: str) -> int:
    """Convert an argument to an integer of at least 0."""
    return _checked_int(text, 0)


def _checked_int(text: str, minimum: int) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number") from None
    if value < minimum:
        raise argparse.ArgumentTypeError(f"found {value}, expected at least {minimum}")
    return value


def fraction(text: str) -> float:
    """Convert an argument to a number from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a number from 0 to 1")
    return value


def non_negative_float(text: str) -> float:
    """Convert an argument to a finite number of at least 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a number of at least 0")
    return value


def existing_file(text: str) -> Path:
    """Convert an argument to the path of an existing file; s3:// paths are refused."""
    if text.startswith("s3://"):
        raise argparse.ArgumentTypeError(
            f"{text}: s3:// addresses are not supported here; copy the file to a path"
        )
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{text}: no such file; check the path")
    return path


def existing_folder(text: str) -> Path:
    """Convert an argument to the path of an existing folder."""
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text}: no such folder; check the path")
    return path
