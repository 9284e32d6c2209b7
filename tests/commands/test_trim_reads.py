"""Stage trim_reads: counts, content, refusals."""

import bz2
import gzip
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import dnaio
import pytest

from readkin.objects.settings import RunObjects, StorageSettings, objects_as_text
from readkin.objects.store import ObjectStore
from rules.settings.schema import load_schema
from support.fastq_files import random_records, write_fastq
from support.repository import SCRIPTS
from trim_reads import ADAPTER, main

ADAPTER_1 = "AGATCGGAAGAGCACACGTCTGAACTCCAGTCA"
ADAPTER_2 = "AGATCGGAAGAGCGTCGTGTAGGGAAAGAGTGT"


@pytest.fixture
def trim(tmp_path):
    """Run the stage on the given files; returns its exit code and the paths it writes."""

    def run(fastq_1, fastq_2=None, **settings):
        output, report, counts = (tmp_path / f"out.{kind}" for kind in ("fastq.gz", "r.json", "c"))
        options = {"min-quality": 20, "min-length-bp": 50, "max-n-fraction": 0.1}
        options |= {"adapter-1": ADAPTER_1, "adapter-2": ADAPTER_2, "output": output} | settings
        arguments = [f"--fastq-1={fastq_1}", "--unit", "s.u"]
        arguments += ["--fastq-2", str(fastq_2)] if fastq_2 else []
        arguments += ["--interleaved"] if options.pop("interleaved", False) else []
        arguments += [f"--{name}={value}" for name, value in options.items()]
        arguments += ["--report", str(report), "--counts", str(counts)]
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
    assert written["details"]["cutadapt"]["reads with adapter"] == 1
    assert set(written["details"]["before"]["quality_by_position"]) == {"R1", "R2"}
    assert json.loads(report.read_text())["tag"] == "Cutadapt report"  # what MultiQC looks for
    assert ".partial" not in report.read_text()


@pytest.fixture
def objects_file(tmp_path, proxy):
    """Write the file of a run that has seen the present versions of objects."""

    def objects_file(*uris):
        store = ObjectStore(StorageSettings(endpoint_url=proxy.url))
        objects = RunObjects(store.settings, {uri: store.look(uri) for uri in uris})
        (tmp_path / "objects.json").write_text(objects_as_text(objects))
        return tmp_path / "objects.json"

    return objects_file


def test_objects_are_read_through_broken_connections(trim, tmp_path, bucket, proxy, objects_file):
    names = ("1.fastq.gz", "2.fastq.gz")
    reads = [random_records(5000, seed) for seed in (1, 2)]
    files = [write_fastq(tmp_path / name, mates) for name, mates in zip(names, reads, strict=True)]
    code, output, report, counts = trim(*files)
    assert code == 0
    local = output.read_bytes(), counts.read_text()
    uris = [bucket.put(f"my reads/{file.name}", file.read_bytes()) for file in files]
    seen = objects_file(*uris)
    proxy.cut_bytes, proxy.delay, proxy.busy = 100_000, 0.05, 2
    assert trim(*uris, objects=seen)[0] == 0
    assert (output.read_bytes(), counts.read_text()) == local
    assert json.loads(report.read_text())["input"]["path1"] == uris[0]
    proxy.cut_bytes = 0
    assert trim(uris[0], files[1], objects=seen)[0] == 0  # one of them is a file
    assert (output.read_bytes(), counts.read_text()) == local


def test_a_replaced_object_is_not_mixed_with_the_first_one(trim, bucket, objects_file, capfd):
    records = "".join("@{}\n{}\n+\n{}\n".format(*record) for record in random_records(50, 1))
    uri = bucket.put("a.fastq", records.encode())
    seen = objects_file(uri)
    bucket.put("a.fastq", records.replace("r1", "s1").encode())
    code, output, *_ = trim(uri, objects=seen)
    assert code == 1
    assert not output.exists()
    error = capfd.readouterr().err
    assert f"trim_reads: {uri}: found another object than at the start of the run" in error


def test_a_silent_server_does_not_keep_a_terminated_run(tmp_path, bucket, proxy, objects_file):
    uri = bucket.put("a.fastq", b"@a\nACGT\n+\nIIII\n")
    seen = objects_file(uri)
    proxy.requests.clear()
    proxy.delay = 100
    output = tmp_path / "out" / "t.fastq.gz"
    command = [sys.executable, SCRIPTS / "trim_reads.py", f"--fastq-1={uri}", "--objects", seen]
    command += ["--unit=s.u", f"--adapter-1={ADAPTER_1}", f"--adapter-2={ADAPTER_2}"]
    command += ["--min-quality=20", "--min-length-bp=1", "--max-n-fraction=1", f"--output={output}"]
    command += [f"--report={tmp_path / 'r'}", f"--counts={tmp_path / 'c'}"]
    with subprocess.Popen(command) as process:
        deadline = time.monotonic() + 60
        while not proxy.requests["GET"]:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.terminate()
        assert process.wait(10) == 143
    assert list(output.parent.iterdir()) == []


def test_one_object_as_both_mates(trim, bucket, objects_file, capfd):
    uri = bucket.put("a.fastq", b"@a\nACGT\n+\nIIII\n")
    assert trim(uri, uri, objects=objects_file(uri))[0] == 1
    assert f"{uri}: found the file of the first mates" in capfd.readouterr().err


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


def test_long_reads_are_filtered_and_not_cut(tmp_path, capsys):
    (_, bases, _), *_ = random_records(1, 1, length=3000)
    with_adapter = bases[:1500] + ADAPTER_1 + bases[1500:]
    records = [
        ("good", bases, "5" * 2000 + "$" * 1000),  # 1,000 bases of quality 3: 0.17 errors per base
        ("adapter", with_adapter, "5" * len(with_adapter)),
        ("poor", bases, "+" * 1499 + "*" * 1501),  # just above 0.1 errors per base
        ("just good", bases, "," * 3000),
        ("short", bases[:499], "5" * 499),
        ("long", bases * 2, "5" * 6000),
        ("unknown", "N" * 400 + bases[:2600], "5" * 3000),
    ]
    fastq = write_fastq(tmp_path / "1.fastq", records)
    paths = [tmp_path / name for name in ("out.fastq.gz", "r.json", "c.json")]
    output, report, counts = paths
    arguments = [f"--fastq-1={fastq}", "--unit=s.u", "--min-length-bp=500", "--max-length-bp=5000"]
    arguments += ["--min-mean-quality=10", "--max-n-fraction=0.1", "--poly-g=no"]
    arguments += [f"--output={output}", f"--report={report}", f"--counts={counts}"]
    assert main(arguments) == 0
    kept = [record for record in records if record[0] in ("adapter", "just good")]
    assert records_of(output) == [(name, bases) for name, bases, _ in kept]
    flow = json.loads(counts.read_text())["flows"][0]
    assert flow["dropped"] == {
        "shorter than min_length_bp": 1,
        "longer than max_length_bp": 1,
        "more N than allowed": 1,
        "more errors expected than min_mean_quality allows": 2,
    }
    assert (flow["in"], flow["out"]) == (7, 2)
    assert "warning" not in capsys.readouterr().err


def test_long_reads_of_a_short_read_platform_are_named(trim, tmp_path, capsys):
    fastq = write_fastq(tmp_path / "1.fastq", random_records(2, 1, length=1001))
    assert trim(fastq)[0] == 0
    expected = "warning: unit s.u: reads of 1001 bp on average are trimmed as those of a short-read"
    assert f"{expected} platform; write ONT or PACBIO" in capsys.readouterr().err


def test_interleaved_files_give_the_same_result(trim, tmp_path):
    first, second = random_records(30, 1), random_records(30, 2)
    second[5] = (second[5][0], second[5][1], "I" * 30 + "#" * 70)  # dropped
    files = write_fastq(tmp_path / "1.fastq", first), write_fastq(tmp_path / "2.fastq", second)
    _, output, _, counts = trim(*files)
    expected = records_of(output), json.loads(counts.read_text())
    in_turn = [record for pair in zip(first, second, strict=True) for record in pair]
    code, output, _, counts = trim(write_fastq(tmp_path / "i.fastq", in_turn), interleaved=True)
    assert code == 0
    assert (records_of(output), json.loads(counts.read_text())) == expected
    assert len(expected[0]) == 58


def test_interleaved_mates_are_no_single_reads(trim, tmp_path, capsys):
    pairs = zip(random_records(30, 1), random_records(30, 2), strict=True)
    in_turn = [record for pair in pairs for record in pair]
    code, *written = trim(write_fastq(tmp_path / "i.fastq", in_turn))
    assert code == 1
    assert "i.fastq: record 2 (line 5): found 'r0' after 'r0', as mates in turn" in (
        capsys.readouterr().err
    )
    assert not any(path.exists() for path in written)


def dark_pairs(name):
    """Twenty pairs: eight whole, then four each with G in both mates, in mate 1, all of mate 2."""
    first, second = ([[*r] for r in random_records(20, seed)] for seed in (1, 2))
    for mates in (first, second):
        for number, record in enumerate(mates):
            record[0] = name.format(number)
        for record in mates[8:12]:
            record[1] = record[1][:57] + "TTT" + 40 * "G"
    for record in first[12:16]:
        record[1] = record[1][:77] + "TTT" + 20 * "G"
    for record in second[16:]:
        record[1] = 100 * "G"
    return first, second


NOVASEQ, MISEQ = "A00123:5:HX7YDSXY:1:1101:1:{}", "M00123:5:000-A:1:1101:1:{}"


@pytest.mark.parametrize(
    ("name", "choice", "is_cut"),
    [
        (NOVASEQ, "auto", True),
        ("r{}", "auto", True),
        (MISEQ, "auto", False),
        (MISEQ, "yes", True),
        (NOVASEQ, "no", False),
    ],
)
def test_poly_g_is_cut_and_counted(trim, tmp_path, name, choice, is_cut):
    first, second = dark_pairs(name)
    files = write_fastq(tmp_path / "1.fastq", first), write_fastq(tmp_path / "2.fastq", second)
    code, output, _, counts = trim(*files, **{"poly-g": choice})
    assert code == 0
    written = json.loads(counts.read_text())
    lengths = [len(bases) for _, bases in records_of(output)]
    if not is_cut:
        assert lengths == [100] * 40
        assert "reads with poly-G" not in written["details"]["cutadapt"]
        return
    assert lengths == [100] * 16 + [60] * 8 + [80, 100] * 4
    dropped = {"shorter than min_length_bp without poly-G": 8}
    assert written["flows"] == [{"what": "reads", "in": 40, "out": 32, "dropped": dropped}]
    assert written["details"]["cutadapt"]["reads with poly-G"] == 16
    assert written["details"]["cutadapt"]["bases cut as poly-G"] == 8 * 40 + 4 * 20 + 4 * 100
    assert written["details"]["before"]["bases"] == 4000


def test_declared_phred_64_is_converted(trim, tmp_path):
    records = [(name, bases, "h" * 70 + "B" * 30) for name, bases, _ in random_records(10, 1)]
    code, output, _, counts = trim(
        write_fastq(tmp_path / "1.fastq", records), **{"quality-encoding": "64"}
    )
    assert code == 0
    with dnaio.open(output) as reader:
        assert {record.qualities for record in reader} == {"I" * 70}
    before = json.loads(counts.read_text())["details"]["before"]
    assert before["quality_by_position"]["R1"] == [40.0] * 70 + [2.0] * 30


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
            "2.fastq: record 40 (line 157): found 'x',",
        ),
        (
            random_records(20, 2, quality="B") + random_records(40, 3, quality="h")[20:],
            "2.fastq: found qualities from B to h, probably Phred+64",
        ),
        (random_records(40, 1), "2.fastq: found the bases of R1 again in most pairs"),
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


@pytest.mark.parametrize("share", ["0.99", "1", "1.0"])
def test_a_share_of_1_keeps_all_reads(trim, tmp_path, share):
    """To cutadapt 1 is a number of bases."""
    records = [
        (name, "N" * 5 * i + bases[5 * i :], quality)
        for i, (name, bases, quality) in enumerate(random_records(20, 1))
    ]
    code, output, _, _ = trim(
        write_fastq(tmp_path / "1.fastq", records), **{"max-n-fraction": share}
    )
    assert code == 0
    assert len(records_of(output)) == 20


def test_dots_are_unknown_bases(trim, tmp_path):
    records = random_records(3, 1)
    records[1] = ("r1", "." * 20 + records[1][1][20:], "I" * 100)
    code, output, _, counts = trim(write_fastq(tmp_path / "1.fastq", records))
    assert code == 0
    assert [name for name, _ in records_of(output)] == ["r0", "r2"]
    flow = json.loads(counts.read_text())["flows"][0]
    assert flow["dropped"] == {"more N than allowed": 1}


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("name", ["1.fastq.gz", "1.fasta", "1.bam", "{name}.fq", "-", "1"])
def test_content_decides_and_not_the_name(trim, tmp_path, threads, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    records = random_records(10, 1)
    text = write_fastq(tmp_path / "plain", records).read_bytes() + b"\n\r\n\n"
    for content in (text, gzip.compress(text), bz2.compress(text)):
        Path(name).write_bytes(content)
        code, output, report, _ = trim(name, threads=threads)
        assert code == 0
        assert records_of(output) == [(name, bases) for name, bases, _ in records]
        assert json.loads(report.read_text())["input"]["path1"] == name


def test_paths_of_the_output_have_no_meaning_to_cutadapt(trim, tmp_path):
    """It would write one file per adapter to a path with {name}, and FASTA to x.fa."""
    first = write_fastq(tmp_path / "1.fastq", random_records(10, 1))
    folder = tmp_path / "{name}" / "{name2}"
    folder.mkdir(parents=True)
    assert trim(first, output=folder / "out.fa")[0] == 0
    with gzip.open(folder / "out.fa", "rt") as file:
        assert file.readline() == "@r0\n"
    assert [path.name for path in folder.iterdir()] == ["out.fa"]


def test_threads_do_not_change_the_content(trim, tmp_path):
    first = write_fastq(tmp_path / "1.fastq", random_records(300, 1) * 100)
    second = write_fastq(tmp_path / "2.fastq", random_records(300, 2, 120) * 100)
    found = []
    for threads in (1, 8):
        code, output, report, counts = trim(first, second, threads=threads)
        assert code == 0
        found.append((records_of(output), report.read_text(), counts.read_text()))
    assert found[0] == found[1]


@pytest.mark.parametrize("threads", [1, 2])
def test_reads_longer_than_the_blocks_of_cutadapt(trim, tmp_path, threads):
    short = random_records(3, 1)
    records = [*short, ("long", "ACGGT" * 500_000, "I" * 2_500_000)]
    code, output, _, _ = trim(write_fastq(tmp_path / "1.fastq", records), threads=threads)
    assert code == 0
    assert records_of(output) == [(name, bases) for name, bases, _ in records]


BAD_LINES = {  # in record 10; bases and qualities replace the first ones
    "NUL": (1, "\0", r'found "\x00" among the bases'),
    "gaps": (1, "----", 'found "-" among the bases'),
    "amino acids": (1, "MKX*", 'found "X" among the bases'),
    "RNA": (1, "U", 'found "U" among the bases'),
    "digits": (1, "12", 'found "1" among the bases'),
    "beyond ASCII in bases": (1, "é", r'found "\xe9" among the bases'),
    "space in qualities": (3, " ", 'found " " among the qualities'),
    "beyond ASCII in qualities": (3, "é", r'found "\xe9" among the qualities'),
    "@ in a name": (0, "@r@9", 'found the read name "r@9"'),
    "beyond ASCII in a name": (0, "@ré", r'found the read name "r\xe9"'),
    "long name": (0, "@" + "x" * 255, "found a read name of 255 characters"),
    "no name": (0, "@", "found no name"),
    "blank line": (0, "", "found a blank line"),
    "name of another read": (2, "+r8", 'found "+r8" after the bases of "@r9"'),
}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("line", "text", "message"), BAD_LINES.values(), ids=BAD_LINES)
def test_bad_records_are_refused_with_file_and_record(
    trim, tmp_path, capsys, line, text, message, threads
):
    path = write_fastq(tmp_path / "1.fastq", random_records(20, 1))
    lines = path.read_text().splitlines()
    lines[36 + line] = text + (lines[36 + line][len(text) :] if line in (1, 3) else "")
    path.write_text("\n".join(lines) + "\n", encoding="latin-1")
    code, *written = trim(path, threads=threads)
    assert code == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert f"1.fastq: record 10 (line {37 + line}): {message}" in error
    assert not any(file.exists() for file in written)
    assert not list(tmp_path.glob(".partial*"))


def test_a_damaged_record_late_in_a_large_file_leaves_nothing(trim, tmp_path, capsys):
    path = write_fastq(tmp_path / "1.fastq", random_records(1000, 1) * 60)
    with path.open("a") as file:
        file.write("@last\nACGT\n+\nII\n")
    code, *written = trim(path, threads=2)
    assert code == 1
    message = "record 60001 (line 240004): found 4 bases, but 2 qualities, expected as many"
    assert message in capsys.readouterr().err
    assert not any(file.exists() for file in written)
    assert not list(tmp_path.glob(".partial*"))


def test_a_failure_of_cutadapt_is_reported_as_such(trim, tmp_path, capsys, monkeypatch):
    (tmp_path / "cutadapt.py").write_text("raise SystemExit('no space left')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    code, *written = trim(write_fastq(tmp_path / "1.fastq", random_records(1000, 1) * 60))
    assert code == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("trim_reads: cutadapt: found exit code 1: no space left, expected")
    assert not any(file.exists() for file in written)


@pytest.mark.parametrize(
    "text", ["ACGT...;e=0", "file:x.fa", "^ACG", "ACG$", "ACGX", "A{5}", "NNN"]
)
def test_adapters_with_a_special_meaning_are_refused(trim, tmp_path, capsys, text):
    path = write_fastq(tmp_path / "1.fastq", random_records(4, 1))
    with pytest.raises(SystemExit) as stopped:
        trim(path, **{"adapter-1": text})
    assert stopped.value.code == 2
    assert f"argument --adapter-1: found {text!r}" in capsys.readouterr().err


def test_adapters_are_those_of_the_settings():
    adapters = load_schema("config.schema.yaml")["properties"]["trim"]["properties"]
    for name in ("adapter_1", "adapter_2"):
        assert adapters[name]["pattern"] == f"^{ADAPTER.pattern}$"


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
            lines = process.stderr.read().splitlines(keepends=True)
            messages = "".join(line for line in lines if "reads/s" not in line)
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
