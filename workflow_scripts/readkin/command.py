"""What all commands share: argument types, logging, signals, exception -> one line + exit code."""

import argparse
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

log = logging.getLogger("readkin")


class TerminatedError(BaseException):
    """SIGTERM came: not to be caught on the way, so that temporary files go and all ends."""


def _raise_terminated(number: int, frame: object) -> NoReturn:
    raise TerminatedError


def run_command(
    stage: Callable[[argparse.Namespace], object],
    parse_arguments: Callable[[list[str] | None], argparse.Namespace],
    argv: list[str] | None = None,
) -> int:
    """Parse ``argv``, run ``stage`` and return the exit code.

    0 done; 1 bad data or failed work; 2 wrong arguments (argparse exits by itself) or
    configuration; 130 interrupted (Ctrl-C); 143 terminated (scancel; a launcher whose other rank
    failed, which has said why). Errors meant for the user become one line on stderr, other
    exceptions keep their traceback, ``--debug`` keeps it for all.
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
        return _say(arguments.command, str(error), error.exit_code)
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        if arguments.debug:
            raise
        reason = f"{error.filename}: {error.strerror}; check the path and its permissions"
        return _say(arguments.command, reason, 1)
    except TerminatedError:
        return TERMINATED
    except KeyboardInterrupt:
        return _say(arguments.command, "interrupted", INTERRUPTED)
    finally:
        signal.signal(signal.SIGTERM, handler_before)
    return 0


def _mark_non_retryable(failure: str) -> None:
    """Leave a marker for the next attempt of a Slurm job (rules/slurm_guard/non_retryable.py)."""
    if marker := os.environ.get("JOB_GUARD_FAILURE"):
        with atomic_write(Path(marker)) as temporary:
            temporary.write_text(failure)


def _say(command: str, message: str, exit_code: int) -> int:
    sys.stderr.write(f"{command}: {message}\n")
    sys.stderr.flush()
    return exit_code


def argument_parser(command: str, docstring: str | None) -> argparse.ArgumentParser:
    """A parser that shows the command file's docstring and knows ``--debug``."""
    parser = argparse.ArgumentParser(
        prog=command,
        description=docstring,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(command=command)
    parser.add_argument("--debug", action="store_true", help="show tracebacks and debug messages")
    return parser


def positive_int(text: str) -> int:
    """Argument type: an integer of at least 1."""
    return _checked_int(text, 1)


def non_negative_int(text: str) -> int:
    """Argument type: an integer of at least 0."""
    return _checked_int(text, 0)


def _checked_int(text: str, least: int) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number") from None
    if value < least:
        raise argparse.ArgumentTypeError(f"found {value}, expected at least {least}")
    return value


def fraction(text: str) -> float:
    """Argument type: a number from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a number from 0 to 1")
    return value


def existing_file(text: str) -> Path:
    """Argument type: a file that is there; s3:// paths are refused."""
    if text.startswith("s3://"):
        raise argparse.ArgumentTypeError(
            f"{text}: s3:// paths are not supported yet; copy the file to a local or shared path"
        )
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{text}: no such file; check the path")
    return path
