"""Stage assemble_clusters: contigs of true clusters, table, small clusters, failures, resuming."""

import gzip
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

import pytest

from assemble_clusters import main
from readkin.assemblers import ASSEMBLERS
from readkin.clusters.assembly import NO_CONTIG, TOO_FEW
from readkin.formats.assemblies import read_assemblies
from readkin.formats.cluster_summary import write_cluster_summary
from readkin.formats.fasta import decode, read_fasta
from readkin.formats.reads import load_reads, reads_fingerprint
from readkin.parallel.launch import import_environment
from support.assembler_programs import need_assembler
from support.cluster_tables import write_read_clusters
from support.community_pieces import random_genome, write_community
from support.naive_kmers import reverse_complement
from support.processes import is_running
from support.repository import SCRIPTS

NAMES = ["caaa", "cbbb", "cccc", "cddd"]
STUB = """#!/bin/sh
[ "$1" = --version ] && echo stub 1.0 && exit
echo "$@" >> {calls}
{body}
mkdir assembly
printf '>k multi=2.0\\n%0300d\\n>k\\n%0199d\\n' 1 1 > assembly/zeros
sed '/^0/ y/01/AC/' assembly/zeros > assembly/final.contigs.fa
"""


class Assembled:
    """Two samples of four genomes; cluster 3 has few reads, and those of cluster 4 lie apart."""

    lengths = (6000, 6000, 2000, 5_000_000)

    def __init__(self, folder, seed=1):
        self.folder = folder
        genomes = [random_genome(length, 0.5, seed + i) for i, length in enumerate(self.lengths)]
        self.genomes = [decode(genome) for genome in genomes]
        depths = [[12, 8, 1, 0.003], [6, 12, 1, 0.003]]
        community = write_community(folder, genomes, depths)
        reads = load_reads(community.bams)
        self.bams = community.bams
        self.cluster = community.genome + 1
        fingerprint = reads_fingerprint(reads)
        write_read_clusters(folder, reads.ids(), self.cluster, reads_fingerprint=fingerprint)
        sizes = [int((self.cluster == number).sum()) for number in range(1, 5)]
        columns = {"cluster": list(range(1, 5)), "reads": sizes, "name": NAMES}
        write_cluster_summary(folder / "summary.tsv", columns)
        self.sizes = sizes

    def arguments(self, assembler="megahit", **changes):
        paths = {"clusters": "clusters.parquet", "summary": "summary.tsv", "output": "contigs"}
        paths |= {"table": "assemblies.tsv", "counts": "counts.json", "partial-dir": "partial"}
        options = {name: self.folder / path for name, path in paths.items()}
        options |= {"assembler": assembler, "min-reads": 100, "memory-mb": 4000} | changes
        words = [f"--{name}={value}" for name, value in options.items()]
        return ["--bam", *map(str, self.bams), *words]

    def __call__(self, *arguments, **changes):
        """Return the exit code."""
        return main(self.arguments(*arguments, **changes))

    @property
    def rows(self):
        return read_assemblies(self.folder / "assemblies.tsv").to_pylist()

    @property
    def contigs(self):
        """Names and bases of the contigs of each file."""
        files = sorted((self.folder / "contigs").iterdir())
        return {
            file.name: {record.name: decode(record.bases) for record in read_fasta(file)}
            for file in files
        }

    def has_no_output(self):
        left = {path.name for path in self.folder.iterdir()}
        outputs = {"contigs", "assemblies.tsv", "counts.json"}
        return not left & outputs and not any(name.startswith(".partial") for name in left)


@pytest.fixture
def assembled(tmp_path):
    return Assembled(tmp_path)


@pytest.fixture
def stub(tmp_path, monkeypatch):
    """Install a stub of MEGAHIT first on PATH; ``body`` runs before it writes its contigs."""
    calls = tmp_path / "bin" / "calls"

    def install(body=""):
        calls.parent.mkdir(exist_ok=True)
        program = calls.parent / "megahit"
        program.write_text(STUB.format(calls=calls, body=body))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{calls.parent}{os.pathsep}{os.environ['PATH']}")
        return calls

    return install


@pytest.mark.parametrize("assembler", ASSEMBLERS)
def test_contigs_are_those_of_the_genomes(assembled, assembler, monkeypatch):
    need_assembler(assembler)
    for variable, value in import_environment().items():  # as in a job of the workflow
        monkeypatch.setenv(variable, value)
    assert assembled(assembler, threads=2) == 0
    contigs = assembled.contigs
    assert list(contigs) == [f"cluster_{i}.{NAMES[i - 1]}.contigs.fasta.gz" for i in (1, 2)]
    for (file, of_file), genome, row in zip(
        contigs.items(), assembled.genomes, assembled.rows, strict=False
    ):
        assert list(of_file) == [f"{row['name']}_{i}" for i in range(1, len(of_file) + 1)]
        lengths = [len(bases) for bases in of_file.values()]
        both = genome + "N" + reverse_complement(genome)
        right = sum(len(bases) for bases in of_file.values() if bases in both)
        assert right >= 0.9 * sum(lengths), file
        assert 0.9 * len(genome) < sum(lengths) < 1.1 * len(genome)
        assert (row["contigs"], row["total_bp"]) == (len(lengths), sum(lengths))
        assert row["largest_bp"] == max(lengths)
        assert row["largest_bp"] >= row["n50_bp"] > 0
        assert row["peak_memory_mb"] > 1
        assert row["wall_s"] > 0
        assert row["cpu_s"] > 0
    assert [row["reads"] for row in assembled.rows] == assembled.sizes
    assert [row["reason"] for row in assembled.rows] == ["", "", TOO_FEW, NO_CONTIG]
    counts = json.loads((assembled.folder / "counts.json").read_text())
    dropped = {TOO_FEW: 1, NO_CONTIG: 1}
    assert counts["flows"] == [{"what": "clusters", "in": 4, "out": 2, "dropped": dropped}]
    assert counts["details"]["reads assembled"] == sum(assembled.sizes) - assembled.sizes[2]


def test_mates_threads_and_memory_reach_the_assembler(assembled, stub):
    calls = stub("gzip -dc R1.fastq.gz | head -n1; gzip -dc R2.fastq.gz | head -n1")
    assert assembled(**{"threads": 3, "min-reads": 1, "memory-mb": 5000}) == 0
    lines = calls.read_text().splitlines()
    assert len(lines) == 4
    options, reads = lines[0].split(" -1 ")
    memory = int(options.removeprefix("-t 3 -m "))
    assert 3000 < memory >> 20 < 5000  # what Python uses is left out
    assert reads == "R1.fastq.gz -2 R2.fastq.gz -o assembly"
    # Contigs below 200 bp are left out, and the header of the assembler is kept.
    assert [row["contigs"] for row in assembled.rows] == [1] * 4
    text = gzip.decompress(
        (assembled.folder / "contigs/cluster_3.cccc.contigs.fasta.gz").read_bytes()
    )
    assert text.startswith(b">cccc_1 k multi=2.0\nAAA")
    names = [name for of_file in assembled.contigs.values() for name in of_file]
    assert len(set(names)) == len(names) == 4


def test_clusters_without_names(assembled, stub):
    stub()
    columns = {"cluster": list(range(1, 5)), "reads": assembled.sizes}
    write_cluster_summary(assembled.folder / "summary.tsv", columns)
    assert assembled() == 0
    assert assembled.contigs["cluster_1.contigs.fasta.gz"].keys() == {"cluster_1_1"}


def test_no_cluster_is_large_enough(assembled, stub):
    calls = stub()
    assert assembled(**{"min-reads": 10_000}) == 0
    assert not calls.exists()
    assert assembled.contigs == {}
    assert [row["reason"] for row in assembled.rows] == [TOO_FEW] * 4
    assert [row["contigs"] for row in assembled.rows] == [None] * 4


def test_a_missing_program_is_one_error(assembled, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(assembled.folder))
    assert assembled("spades") == 2
    assert capsys.readouterr().err == (
        "assemble_clusters: cluster.assemble: found no program spades.py on PATH, expected an"
        " installed assembler; install it: apt-get install spades, or conda install -c conda-forge"
        " -c bioconda spades\n"
    )
    assert assembled.has_no_output()


def test_a_program_that_does_not_work_is_one_error(assembled, stub, capsys):
    program = stub().with_name("megahit")
    program.write_text("#!/bin/sh\necho no library >&2\nexit 1\n")
    assert assembled() == 2
    assert capsys.readouterr().err == (
        "assemble_clusters: megahit: found no library, expected its version; install megahit"
        " again\n"
    )


def test_spaces_in_the_path_of_temporary_files_are_refused(assembled, stub, monkeypatch, capsys):
    stub()
    monkeypatch.setattr(tempfile, "tempdir", str(assembled.folder / "my tmp"))
    assert assembled() == 2
    message = f'TMPDIR: found "{assembled.folder}/my tmp", expected a path without spaces'
    assert message in capsys.readouterr().err


def test_a_failure_names_the_cluster_and_a_rerun_resumes_there(assembled, stub, capsys):
    """The second cluster fails once."""
    fails = 'grep -c . {calls} | grep -qx 2 && echo first && echo "Error: $0" && echo end && exit 3'
    calls = stub()
    stub(fails.format(calls=calls))
    assert assembled() == 1
    shown = capsys.readouterr().err
    assert "\nassemble_clusters: megahit: first\n" in shown
    message = shown.splitlines()[-1]
    assert "megahit of cluster 2 cbbb: found exit code 3: Error: " in message
    assert assembled.has_no_output()
    assert assembled() == 0
    assert len(calls.read_text().splitlines()) == 4  # clusters 1, 2, 2, 4
    assert [row["contigs"] for row in assembled.rows] == [1, 1, None, 1]
    assert not (assembled.folder / "partial").exists()


def test_other_reads_of_a_cluster_are_assembled_again(assembled, stub):
    calls = stub('[ -e "$(dirname "$0")/fails" ] && exit 1')
    (calls.parent / "fails").touch()
    assert assembled() == 1
    (calls.parent / "fails").unlink()
    calls.unlink()
    assert assembled() == 0
    assert len(calls.read_text().splitlines()) == 3


def test_a_run_that_is_terminated_leaves_neither_output_nor_program(assembled, stub, tmp_path):
    calls = stub('echo $$ > "$(dirname "$0")/process"; sleep 60')
    command = [sys.executable, str(SCRIPTS / "assemble_clusters.py"), *assembled.arguments()]
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = os.environ | {"TMPDIR": str(temporary)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as running:
        process = calls.parent / "process"
        deadline = time.monotonic() + 60
        while not (process.exists() and process.read_text().strip()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=20) == 143
    assert not is_running(process.read_text().strip())
    assert assembled.has_no_output()
    assert list(temporary.iterdir()) == []
