"""Exit codes, messages and progress of all commands."""

import argparse
import io
from pathlib import Path

import pytest

from readkin import progress as progress_module
from readkin.command import (
    argument_parser,
    existing_file,
    fraction,
    non_negative_int,
    positive_int,
    run_command,
)
from readkin.errors import InputError, SupersededError, UsageError
from readkin.progress import Progress, with_prefix


def parse(argv):
    return argument_parser("demo", "What it does.").parse_args(argv)


def raising(error):
    def stage(arguments):
        raise error

    return stage


def test_arguments_from_a_file(tmp_path, capsys):
    parser = argument_parser("demo", "What it does.")
    parser.add_argument("--bam", nargs="+")
    parser.add_argument("--title")
    paths = tmp_path / "my paths.txt"
    paths.write_text("a b.bam\nc.bam\n")
    arguments = parser.parse_args(["--bam", f"@{paths}", "d.bam", "--title=@home"])
    assert (arguments.bam, arguments.title) == (["a b.bam", "c.bam", "d.bam"], "@home")
    with pytest.raises(SystemExit, match="2"):
        parser.parse_args(["--bam", "@none.txt"])
    assert "No such file or directory: 'none.txt'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "exit_code", "message"),
    [
        (
            InputError("x.bam:3", "half a record", "a whole one", "copy it"),
            1,
            "demo: x.bam:3: found half a record, expected a whole one; copy it\n",
        ),
        (UsageError("a", "b", "c", "d"), 2, "demo: a: found b, expected c; d\n"),
        (KeyboardInterrupt(), 130, "demo: interrupted\n"),
        (
            FileNotFoundError(2, "No such file or directory", "gone.bam"),
            1,
            "demo: gone.bam: No such file or directory; check the path and its permissions\n",
        ),
    ],
)
def test_expected_errors_become_one_line(error, exit_code, message, capsys):
    assert run_command(raising(error), parse, []) == exit_code
    assert capsys.readouterr().err == message


def test_full_disk_is_one_line(capsys):
    def stage(arguments):
        Path("/dev/full").write_text("x")

    assert run_command(stage, parse, []) == 1
    expected = "No space left on device; free space, or quota, for work, results and TMPDIR"
    assert capsys.readouterr().err == f"demo: {expected}\n"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (RuntimeError("write failed\nNo space left on device"), "No space left on device; free"),
        (OSError(122, "Disk quota exceeded", "x.h5"), "x.h5: Disk quota exceeded; free space"),
        (
            OSError(24, "Too many open files", "x"),
            "x: Too many open files; allow more with `ulimit",
        ),
        (NotADirectoryError(20, "Not a directory", "work/x"), "work/x: Not a directory; check"),
        (MemoryError(), "out of memory (MemoryError); use a machine with more memory"),
    ],
)
def test_limits_of_the_machine_are_one_line(error, message, capsys):
    assert run_command(raising(error), parse, []) == 1
    shown = capsys.readouterr().err
    assert shown.startswith(f"demo: {message}")
    assert shown.count("\n") == 1


def test_debug_keeps_the_traceback():
    with pytest.raises(InputError):
        run_command(raising(InputError("a", "b", "c", "d")), parse, ["--debug"])


def test_unexpected_errors_keep_their_traceback():
    with pytest.raises(ZeroDivisionError):
        run_command(raising(ZeroDivisionError()), parse, [])


def test_success_is_zero():
    assert run_command(lambda arguments: {"reads": 1}, parse, []) == 0


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (positive_int, ("1", 1), ["0", "-1", "x", "1.5"]),
        (non_negative_int, ("0", 0), ["-1", "x"]),
        (fraction, ("0.25", 0.25), ["-0.1", "1.1", "nan", "x"]),
    ],
)
def test_argument_types(kind, good, bad):
    assert kind(good[0]) == good[1]
    for text in bad:
        with pytest.raises(argparse.ArgumentTypeError):
            kind(text)


def test_files_must_exist_and_be_local(tmp_path):
    with pytest.raises(argparse.ArgumentTypeError, match="no such file"):
        existing_file(str(tmp_path / "x"))
    with pytest.raises(argparse.ArgumentTypeError, match="s3:// addresses are not supported here"):
        existing_file("s3://bucket/x.fastq.gz")


def test_progress_writes_plain_lines_where_there_is_no_terminal(monkeypatch, caplog):
    monkeypatch.setattr("sys.stderr", io.StringIO())
    monkeypatch.setattr(progress_module, "SECONDS_BETWEEN_LINES", 0.0)
    with caplog.at_level("INFO"), Progress("embed", 2000, "reads") as progress:
        progress.advance(500)
    assert "embed: 500/2 k reads" in caplog.messages[0]
    assert "s left" in caplog.messages[0]
    assert "reads/s in" in caplog.messages[1]


def test_progress_of_other_ranks_is_silent(monkeypatch, caplog):
    monkeypatch.setattr(progress_module, "SECONDS_BETWEEN_LINES", 0.0)
    with caplog.at_level("INFO"), Progress("embed", 10, "reads", shown=False) as progress:
        progress.advance(10)
    assert not caplog.messages


def test_metric_prefixes():
    assert [with_prefix(n) for n in (7, 1234, 1.5e6, 2e9, 3e13)] == [
        "7",
        "1.23 k",
        "1.5 M",
        "2 G",
        "30 T",
    ]


@pytest.mark.parametrize(
    ("error", "left"),
    [
        (
            InputError("a.bam", "no BAM", "a BAM", "check it"),
            "1\ndemo: a.bam: found no BAM, expected a BAM; check it\n",
        ),
        (FileNotFoundError(2, "no such file", "a.bam"), None),
        (SupersededError("7.token", "another", "this one", "nothing to do"), None),
    ],
)
def test_only_a_non_retryable_failure_leaves_a_marker(tmp_path, monkeypatch, error, left):
    marker = tmp_path / "demo.0123.failure"
    monkeypatch.setenv("JOB_GUARD_FAILURE", str(marker))
    assert run_command(raising(error), parse, []) == 1
    assert (marker.read_text() if marker.exists() else None) == left
