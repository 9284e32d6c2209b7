"""Stage trim_reads: counts, content, refusals."""

import json
import signal
import subprocess
import sys
import time

import dnaio
import pytest

from support.fastq_files import random_records, write_fastq
from support.repository import SCRIPTS
from trim_reads import main

ADAPTER_1 = "AGATCGGAAGAGCACACGTCTGAACTCCAGTCA"
ADAPTER_2 = "AGATCGGAAGAGCGTCGTGTAGGGAAAGAGTGT"


@pytest.fixture
def trim(tmp_path):
    """Run the stage on the given files; returns its exit code and the paths it writes."""

    def run(fastq_1, fastq_2=None, **settings):
        output, report, counts = (tmp_path / f"out.{kind}" for kind in ("fastq.gz", "r.json", "c"))
        options = {"min-quality": 20, "min-length-bp": 50, "max-n-fraction": 0.1} | settings
        arguments = ["--fastq-1", str(fastq_1), "--unit", "s.u"]
        arguments += ["--fastq-2", str(fastq_2)] if fastq_2 else []
        arguments += ["--adapter-1", ADAPTER_1, "--adapter-2", ADAPTER_2]
        arguments += [f"--{name}={value}" for name, value in options.items()]
        arguments += ["--output", str(output), "--report", str(report), "--counts", str(counts)]
        return main(arguments), output, report, counts

    return run


def records_of(path):
    with dnaio.open(path) as reader:
        return [(record.name, record.sequence) for record in reader]


def test_pairs_are_interleaved_and_counted(trim, tmp_path):
    first, second = random_records(40, 1), random_records(40, 2)
    insert = first[3][1][:60]
    first[3] = (first[3][0], insert + ADAPTER_1 + "ACGTACG", "I" * 100)  # adapter: 60 left
    second[5] = (second[5][0], second[5][1], "I" * 30 + "#" * 70)  # low quality: 30 left, dropped
    first[7] = (first[7][0], "N" * 100, "I" * 100)  # all N, dropped
    code, output, report, counts = trim(
        write_fastq(tmp_path / "1.fastq.gz", first), write_fastq(tmp_path / "2.fastq", second)
    )
    assert code == 0
    written = json.loads(counts.read_text())
    dropped = {"shorter than min_length_bp": 2, "more N than allowed": 2}
    assert written["flows"] == [{"what": "reads", "in": 80, "out": 76, "dropped": dropped}]
    assert written["unit"] == "s.u"
    trimmed = records_of(output)
    kept = [i for i in range(40) if i not in (5, 7)]
    assert [name for name, _ in trimmed] == [f"r{i}" for i in kept for _ in (1, 2)]
    assert dict(trimmed[0::2])["r3"] == insert
    assert dict(trimmed[1::2])["r3"] == second[3][1]
    assert written["details"]["before"]["length_histogram"] == {"100": 80}
    assert written["details"]["after"]["length_histogram"] == {"60": 1, "100": 75}
    assert written["details"]["cutadapt"]["reads with adapter"] == 1
    assert set(written["details"]["before"]["quality_by_position"]) == {"R1", "R2"}
    assert json.loads(report.read_text())["tag"] == "Cutadapt report"  # what MultiQC looks for
    assert ".partial" not in report.read_text()


def test_single_reads(trim, tmp_path):
    records = random_records(10, 1)
    code, output, _, counts = trim(write_fastq(tmp_path / "1.fastq", records))
    assert code == 0
    assert records_of(output) == [(name, bases) for name, bases, _ in records]
    flow = json.loads(counts.read_text())["flows"][0]
    assert (flow["in"], flow["out"]) == (10, 10)


def test_a_unit_that_lost_all_its_reads_is_named_in_the_log(trim, tmp_path, capsys):
    fastq = write_fastq(tmp_path / "1.fastq", [("a", "ACGT", "IIII"), ("b", "N" * 99, "I" * 99)])
    assert trim(fastq)[0] == 0
    why = "1 shorter than min_length_bp, 1 more N than allowed"
    assert f"trim_reads: warning: unit s.u lost all its reads: {why}\n" in capsys.readouterr().err


def test_all_reads_may_be_dropped(trim, tmp_path):
    code, output, _, counts = trim(write_fastq(tmp_path / "1.fastq", random_records(5, 1, 20)))
    assert code == 0
    assert records_of(output) == []
    assert json.loads(counts.read_text())["flows"][0]["out"] == 0


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (random_records(39, 2), "2.fastq: found 39 records, expected as many as in"),
        (
            [*random_records(39, 2), ("x", "ACGT", "IIII")],
            "2.fastq: record 40: found 'x',",
        ),
        (random_records(40, 2, quality="h"), "2.fastq: found qualities from h to h, as in Phred"),
        ([], "2.fastq: found 0 records"),
    ],
)
def test_bad_mates_are_refused_and_nothing_is_written(trim, tmp_path, capsys, second, message):
    first = write_fastq(tmp_path / "1.fastq", random_records(40, 1))
    code, *written = trim(first, write_fastq(tmp_path / "2.fastq", second))
    assert code == 1
    assert message in capsys.readouterr().err.splitlines()[-1]
    assert not any(path.exists() for path in written)
    assert not list(tmp_path.glob(".partial*"))


def test_the_same_file_twice_is_refused(trim, tmp_path, capsys):
    path = write_fastq(tmp_path / "1.fastq", random_records(4, 1))
    link = tmp_path / "2.fastq"
    link.symlink_to(path)
    assert trim(path, link)[0] == 1
    assert (
        "2.fastq: found the file of the first mates, expected another file"
        in capsys.readouterr().err
    )


def test_an_empty_file_is_refused(trim, tmp_path, capsys):
    assert trim(write_fastq(tmp_path / "1.fastq", []))[0] == 1
    assert "1.fastq: found no reads, expected at least one" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--max-n-fraction=2", "--min-length-bp=0", "--min-quality=x"])
def test_wrong_arguments_exit_with_2(trim, tmp_path, capsys, option):
    name, value = option[2:].split("=")
    path = write_fastq(tmp_path / "1.fastq", random_records(4, 1))
    with pytest.raises(SystemExit) as stopped:
        trim(path, **{name: value})
    assert stopped.value.code == 2
    assert f"argument --{name}" in capsys.readouterr().err


@pytest.fixture
def interrupted(tmp_path):
    """Start the stage with a disposition of SIGINT, send a signal while cutadapt works.

    Returns the exit code, the last lines on stderr and the folder of the output.
    """

    def run(disposition, signal_number):
        fastq = write_fastq(tmp_path / "1.fastq", random_records(1000, 1) * 500)
        output = tmp_path / "out" / "trimmed.fastq.gz"
        command = [sys.executable, SCRIPTS / "trim_reads.py", "--fastq-1", fastq, "--unit", "s.u"]
        command += ["--adapter-1", ADAPTER_1, "--adapter-2", ADAPTER_2, "--min-quality", "20"]
        command += ["--min-length-bp", "50", "--max-n-fraction", "0.1", "--output", output]
        command += ["--report", output.parent / "r.json", "--counts", output.parent / "c.json"]
        with subprocess.Popen(
            command,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, disposition),
        ) as process:
            deadline = time.monotonic() + 60
            while not list(tmp_path.glob("out/.partial*fastq.gz")):
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.01)
            process.send_signal(signal_number)
            exit_code = process.wait(120)
            messages = process.stderr.read().partition("reads/s in")[2].partition("\n")[2]
        return exit_code, messages, output.parent

    return run


@pytest.mark.parametrize(
    ("signal_number", "exit_code", "messages"),
    [(signal.SIGINT, 130, "trim_reads: interrupted\n"), (signal.SIGTERM, 143, "")],
)
def test_an_interrupted_run_leaves_nothing(interrupted, signal_number, exit_code, messages):
    """By Ctrl-C, or by scancel."""
    *found, folder = interrupted(signal.SIG_DFL, signal_number)
    assert found == [exit_code, messages]
    assert list(folder.iterdir()) == []


def test_a_background_job_that_ignores_ctrl_c_finishes(interrupted):
    """As under ``nohup ... &`` in a shell without job control."""
    exit_code, messages, folder = interrupted(signal.SIG_IGN, signal.SIGINT)
    assert (exit_code, messages) == (0, "")
    assert {path.name for path in folder.iterdir()} == {"trimmed.fastq.gz", "r.json", "c.json"}


def test_terminating_a_background_job_leaves_nothing(interrupted):
    exit_code, _, folder = interrupted(signal.SIG_IGN, signal.SIGTERM)
    assert exit_code == 143
    assert list(folder.iterdir()) == []
