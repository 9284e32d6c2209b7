"""A program that reads a pipe: its end, its failures, and what is left of it."""

import signal
import sys
import time

import pytest

from readkin.parallel.piped_program import PipedProgram, ProgramFailedError
from support.processes import is_running

COPY = "import sys; open('copy', 'wb').write(sys.stdin.buffer.read())"
# The child keeps the pipe open, as those of cutadapt do.
DIE_WITH_CHILD = """
import os, signal, sys, time
if os.fork():
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGKILL)
open("child", "w").write(str(os.getpid()))
time.sleep(60)
"""
BLOCK = b"x" * (1 << 20)


@pytest.fixture
def run(tmp_path):
    """Run Python code that reads a pipe; ``first`` is called with its process id."""

    def run_code(code, blocks, first=lambda process: None):
        command = [sys.executable, "-P", "-c", code]
        with PipedProgram("tool", command, tmp_path) as program:
            first(program._process.pid)
            for _ in range(blocks):
                program.write(BLOCK)
            program.finish()

    return run_code


@pytest.mark.parametrize("messages", ["", "print('x' * 1_000_000); "])
def test_all_that_is_written_arrives(run, tmp_path, messages):
    """Many messages do not block the program."""
    run(messages + COPY, 3)
    assert (tmp_path / "copy").read_bytes() == 3 * BLOCK


@pytest.mark.parametrize("first", ["", "import sys; sys.stdin.read(); "])
def test_a_failure_is_reported_with_the_last_message(run, first):
    with pytest.raises(ProgramFailedError) as caught:
        run(f"{first}print('first'); raise SystemExit('the cause\\n')", 20)
    assert str(caught.value).startswith("tool: found exit code 1: the cause, expected exit code 0;")
    assert caught.value.is_retryable


def test_a_message_about_an_error_is_the_cause(run):
    with pytest.raises(ProgramFailedError, match="found exit code 3: an ERROR in it, expected"):
        run("print('an ERROR in it'); print('\\nthank you'); raise SystemExit(3)", 0)


def test_a_killed_program_whose_children_keep_the_pipe_open(run, tmp_path):
    with pytest.raises(ProgramFailedError, match="its end by SIGKILL: no message"):
        run(DIE_WITH_CHILD, 20)
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 20
    while is_running(child):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_error_of_the_caller_ends_the_program(run):
    processes = []

    def fail(process):
        processes.append(process)
        raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        run("import time; time.sleep(60)", 1, fail)
    assert not is_running(*processes)


@pytest.mark.parametrize("blocks", [0, 1])
def test_an_interruption_of_a_wait_or_of_a_blocked_write_ends_the_program(run, blocks):
    processes = []

    def interrupt(number, frame):
        raise KeyboardInterrupt

    def start_alarm(process):
        processes.append(process)
        signal.alarm(1)

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            run("import time; time.sleep(60)", blocks, start_alarm)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert not is_running(*processes)
