"""Tools that trim reads and write them as BAM, or run the whole chain; reads to run them on.

All get the settings ``trim`` of the shipped configuration, and use one thread. BAM is compressed at
level 1. fastp (Chen 2018, doi:10.1093/bioinformatics/bty560) has no setting for the share of N, but
for their number, and cuts G tails by its own rule.
"""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pysam
import yaml

from benchmarks.clusters.chain import run_workflow, stage_costs
from benchmarks.clusters.sets import six_of
from benchmarks.clusters.simulated import simulate as simulate_set
from benchmarks.launching import Cost, metered
from support.repository import REPOSITORY, SCRIPTS
from trim_reads import Trimming, cutadapt_settings

GENOMES = REPOSITORY / "tests" / "data" / "demo_genomes"
READ_LENGTH = 150
SEED = 1
LAST_STAGE = "write_report"
PACKAGES = {"mmseqs": "mmseqs2"}
"""Debian packages of programs that have another name."""
YARDSTICK, TO_BAM = "cutadapt", "cutadapt | samtools import"


class Reads(NamedTuple):
    """Simulated read pairs.

    Attributes:
        name: name in tables.
        number: number of reads.
        folder: folder with samples.tsv and truth.tsv.gz.
        files: R1 and R2.
    """

    name: str
    number: int
    folder: Path
    files: tuple[Path, Path]


class RunResult(NamedTuple):
    """Result of one run of a tool.

    Attributes:
        steps: costs of whole processes by name, with start-up.
        output_bytes: size of all files written.
        reads: number of reads written; None if the tool writes other things.
    """

    steps: dict[str, Cost]
    output_bytes: int
    reads: int | None = None


class Tool(NamedTuple):
    """A program, or a chain of programs.

    Attributes:
        name: name in tables.
        run: runs it once; it writes into the folder, which is new.
        programs: programs that must be on PATH.
        is_chain: whether it takes part in comparisons of the whole chain only.
    """

    name: str
    run: Callable[[Reads, Path], RunResult]
    programs: tuple[str, ...] = ()
    is_chain: bool = False

    @property
    def missing(self) -> str:
        """What to install; "" if the tool can run."""
        absent = [PACKAGES.get(name, name) for name in self.programs if not shutil.which(name)]
        return f"apt-get install {' '.join(absent)}" if absent else ""


def simulate(number: int, folder: Path) -> Reads:
    """Simulate reads of the genomes of the demo, at equal depth."""
    rows = [f"{path.name[:-6]}\t{path}\t1\tlinear" for path in sorted(GENOMES.glob("*.fa.gz"))]
    folder.mkdir(parents=True)
    community = folder / "community.tsv"
    community.write_text("\n".join(["genome\tfasta\tabundance\tshape", *rows, ""]))
    options = ["--fragments", number // 2, "--seed", SEED, "--read-length", READ_LENGTH]
    script = SCRIPTS / "simulate_reads.py"
    metered([sys.executable, script, "--community", community, *options, "--output", folder])
    return _reads_in(folder, number)


def simulate_community(number: int, folder: Path) -> Reads:
    """Simulate about this number of reads at depth 10, whatever the number; for the whole chain."""
    simulate_set(six_of(number), SEED, folder)
    return _reads_in(folder, number)


def _reads_in(folder: Path, number: int) -> Reads:
    first, second = sorted(folder.glob("*.fastq.gz"))
    return Reads(f"{number:,} reads", number, folder, (first, second))


def tools() -> list[Tool]:
    """Return all tools; the yardstick is the first one."""
    return [
        Tool(YARDSTICK, run_cutadapt),
        Tool("readkin", run_readkin),
        Tool(TO_BAM, run_cutadapt_to_bam, ("samtools",)),
        Tool("fastp | samtools import", run_fastp_to_bam, ("fastp", "samtools")),
        Tool("readkin, all stages", run_all_stages, is_chain=True),
        Tool("minimap2 -c", run_minimap2, ("minimap2",), is_chain=True),
        Tool("mmseqs easy-search", run_mmseqs, ("mmseqs",), is_chain=True),
    ]


def trim_settings() -> dict[str, Any]:
    """Return the section ``trim`` of the shipped settings."""
    settings: dict[str, Any] = yaml.safe_load((REPOSITORY / "config" / "config.yaml").read_text())[
        "trim"
    ]
    return settings


def run_readkin(reads: Reads, folder: Path) -> RunResult:
    """Run the two commands, as their rules do."""
    fastq, bam, counts = folder / "a.fastq.gz", folder / "a.bam", folder / "trim.json"
    options = [f"--{key.replace('_', '-')}={value}" for key, value in trim_settings().items()]
    trim = [sys.executable, SCRIPTS / "trim_reads.py", *options, "--unit=a.b"]
    trim += ["--fastq-1", reads.files[0], "--fastq-2", reads.files[1], "--output", fastq]
    convert = [sys.executable, SCRIPTS / "convert_fastq_to_bam.py", "--fastq", fastq, "--paired"]
    convert += ["--sample=a", "--unit=b", "--platform=ILLUMINA", "--output", bam]
    convert += ["--trim-counts", counts, "--counts", folder / "convert.json"]
    steps = {
        "trim_reads": metered([*trim, "--report", folder / "report.json", "--counts", counts]),
        "convert_fastq_to_bam": metered(convert),
    }
    return RunResult(steps, written(folder), reads_in(bam))


def cutadapt_command(reads: Reads, output: object) -> list[object]:
    """Return cutadapt as trim_reads runs it, on the files themselves."""
    settings = cutadapt_settings(Trimming(**trim_settings()), True)
    command = [sys.executable, "-m", "cutadapt", "--cores=1", *settings]
    return [*command, "-o", output, *reads.files]


def run_cutadapt(reads: Reads, folder: Path) -> RunResult:
    """Run cutadapt alone; it writes FASTQ.gz."""
    cost = metered(cutadapt_command(reads, folder / "a.fastq.gz"))
    return RunResult({"all": cost}, written(folder))


def run_cutadapt_to_bam(reads: Reads, folder: Path) -> RunResult:
    """Run cutadapt with a pipe to samtools."""
    return piped_to_bam(cutadapt_command(reads, "-"), folder)


def run_fastp_to_bam(reads: Reads, folder: Path) -> RunResult:
    """Run fastp with a pipe to samtools."""
    trim = trim_settings()
    command = ["fastp", "--thread=1", "--stdout", "-i", reads.files[0], "-I", reads.files[1]]
    command += ["--adapter_sequence", trim["adapter_1"], "--adapter_sequence_r2", trim["adapter_2"]]
    command += ["--cut_tail", "--cut_tail_window_size=1"]
    command += [f"--cut_tail_mean_quality={trim['min_quality']}"]
    command += [f"--length_required={trim['min_length_bp']}"]
    command += [f"--n_base_limit={round(trim['max_n_fraction'] * READ_LENGTH)}"]
    return piped_to_bam([*command, "-j", "/dev/null", "-h", "/dev/null"], folder)


def piped_to_bam(command: Iterable[object], folder: Path) -> RunResult:
    """Run a command whose output samtools writes as BAM."""
    bam = folder / "a.bam"
    samtools = ["samtools", "import", "-R", "a.b", "--output-fmt", "bam,level=1", "-o", bam, "-"]
    pipe = " | ".join(shlex.join(map(str, words)) for words in (command, samtools))
    cost = metered(["bash", "-c", f"set -o pipefail; {pipe}"])
    return RunResult({"all": cost}, written(folder), reads_in(bam))


def run_all_stages(reads: Reads, folder: Path) -> RunResult:
    """Run the workflow with the shipped settings on one core."""
    run_workflow(folder, reads.folder, LAST_STAGE)
    size = written(folder / "work") + written(folder / "results")
    return RunResult(stage_costs(folder), size)


def run_minimap2(reads: Reads, folder: Path) -> RunResult:
    """Overlap all reads with all, with alignments: what find_pairs and align_pairs do."""
    fastq, paf = folder / "all.fastq", folder / "a.paf"
    with fastq.open("wb") as file:
        subprocess.run(["zcat", *map(str, reads.files)], stdout=file, check=True)
    options = ["-c", "-x", "ava-ont", "-m25", "-n1", "-t1"]
    cost = metered(["minimap2", *options, fastq, fastq], output=paf)
    return RunResult({"all": cost}, paf.stat().st_size)


def run_mmseqs(reads: Reads, folder: Path) -> RunResult:
    """Search all reads in all with MMseqs2 (Steinegger 2017, doi:10.1038/nbt.3988)."""
    fasta, hits = folder / "all.fa", folder / "a.m8"
    with fasta.open("wb") as file:
        for path in reads.files:
            with pysam.FastxFile(str(path)) as records:
                file.writelines(
                    f">{record.name}\n{record.sequence}\n".encode() for record in records
                )
    options = ["--search-type", 3, "-a", "--max-seqs", 1000, "--threads", 1, "-v", 1]
    cost = metered(["mmseqs", "easy-search", fasta, fasta, hits, folder / "tmp", *options])
    return RunResult({"all": cost}, hits.stat().st_size)


def reads_in(bam: Path) -> int:
    """Return the number of reads in a BAM file."""
    return int(pysam.view("-c", str(bam)))


def written(folder: Path) -> int:
    """Return the size of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
