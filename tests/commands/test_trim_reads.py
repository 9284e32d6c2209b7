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
    told = json.loads(counts.read_text())
    dropped = {"shorter than min_length_bp": 2, "more N than allowed": 2}
    assert told["flows"] == [{"what": "reads", "in": 80, "out": 76, "dropped": dropped}]
    assert told["unit"] == "s.u"
    trimmed = records_of(output)
    kept = [i for i in range(40) if i not in (5, 7)]
    assert [name for name, _ in trimmed] == [f"r{i}" for i in kept for _ in (1, 2)]
    assert dict(trimmed[0::2])["r3"] == insert
    assert dict(trimmed[1::2])["r3"] == second[3][1]
    assert told["details"]["before"]["length_histogram"] == {"100": 80}
    assert told["details"]["after"]["length_histogram"] == {"60": 1, "100": 75}
    assert told["details"]["cutadapt"]["reads with adapter"] == 1
    assert set(told["details"]["before"]["quality_by_position"]) == {"R1", "R2"}
    assert json.loads(report.read_text())["tag"] == "Cutadapt report"  # what MultiQC looks for
    assert ".partial" not in report.read_text()


def test_single_reads(trim, tmp_path):
    records = random_records(10, 1)
    code, output, _, counts = trim(write_fastq(tmp_path / "1.fastq", records))
    assert code == 0
    assert records_of(output) == [(name, bases) for name, bases, _ in records]
    flow = json.loads(counts.read_text())["flows"][0]
    assert (flow["in"], flow["out"]) == (10, 10)


def test_all_reads_may_be_dropped(trim, tmp_path):
    code, output, _, counts = trim(write_fastq(tmp_path / "1.fastq", random_records(5, 1, 20)))
    assert code == 0
    assert records_of(output) == []
    assert json.loads(counts.read_text())["flows"][0]["out"] == 0


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (random_records(39, 2), "2.fastq: found 39 records, expected as many as in"),
        ([*random_records(39, 2), ("x", "ACGT", "IIII")], "2.fastq: record 40: found mate name"),
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
    assert "2.fastq: found the first mates' file, expected another file" in capsys.readouterr().err


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


@pytest.mark.parametrize(
    ("signal_number", "exit_code", "said"),
    [(signal.SIGINT, 130, "trim_reads: interrupted\n"), (signal.SIGTERM, 143, "")],
)
def test_an_interrupted_run_leaves_nothing(tmp_path, signal_number, exit_code, said):
    """By Ctrl-C, or by scancel."""
    fastq = write_fastq(tmp_path / "1.fastq", random_records(1000, 1) * 500)
    output = tmp_path / "out" / "trimmed.fastq.gz"
    command = [sys.executable, SCRIPTS / "trim_reads.py", "--fastq-1", fastq, "--unit", "s.u"]
    command += ["--adapter-1", ADAPTER_1, "--adapter-2", ADAPTER_2, "--min-quality", "20"]
    command += ["--min-length-bp", "50", "--max-n-fraction", "0.1", "--output", output]
    command += ["--report", tmp_path / "out" / "r.json", "--counts", tmp_path / "out" / "c.json"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("out/.partial*fastq.gz")):  # cutadapt is at work
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal_number)
        assert process.wait(60) == exit_code
        assert process.stderr.read().partition("reads/s in")[2].partition("\n")[2] == said
    assert list((tmp_path / "out").iterdir()) == []
