"""What a user would do instead: MEGAHIT, mapping back with minimap2, MetaBAT2.

All reads are assembled together; the reads of each sample are mapped to the contigs; MetaBAT2 bins
the contigs by composition and depth. A read is placed in the bin of the contig to which it maps,
or else in that of its mate. MEGAHIT: Li 2015, doi:10.1093/bioinformatics/btv033; MetaBAT2: Kang
2019, doi:10.7717/peerj.7359. All three are Debian packages.
"""

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pysam

from benchmarks.clusters.tools import (
    NOT_PLACED,
    Clustering,
    Simulation,
    Tool,
    UnavailableError,
    certain,
)
from benchmarks.launching import Cost, metered

PROGRAMS = {
    "megahit": "megahit",
    "minimap2": "minimap2",
    "samtools": "samtools",
    "jgi_summarize_bam_contig_depths": "metabat",
    "metabat2": "metabat",
}
"""Programs and the Debian packages that contain them."""
NAME = "MEGAHIT + MetaBAT2"
SEED = 1


def assembly_tool() -> Tool:
    """Return the pipeline.

    Raises:
        UnavailableError: a program is not installed.
    """
    lacking = sorted({package for name, package in PROGRAMS.items() if not shutil.which(name)})
    if lacking:
        raise UnavailableError(f"apt-get install {' '.join(lacking)}")
    versions = [f"{name} {version_of(name)}" for name in ("megahit", "minimap2", "metabat2")]
    return Tool(
        name=NAME,
        settings="defaults, one thread; minimap2 -x sr",
        version=", ".join(versions),
        run=run_pipeline,
    )


def version_of(program: str) -> str:
    """Return the version that a program prints."""
    option = "--help" if program == "metabat2" else "--version"
    done = subprocess.run([program, option], capture_output=True, text=True, check=False)
    found = re.search(r"version (\d[\w.]*)|\bv?(\d+\.\d[\w.]*)", done.stdout + done.stderr)
    return (found[1] or found[2]) if found else "unknown"


def run_pipeline(simulation: Simulation) -> Clustering:
    """Assemble, map, bin; place each read."""
    folder = simulation.scratch
    assembly = folder / "assembly"
    reads = ",".join(map(str, simulation.fastqs))
    costs = {"megahit": metered(["megahit", "--12", reads, "-t", 1, "-o", assembly])}
    contigs = assembly / "final.contigs.fa"
    bams, costs["map"] = mapped(simulation.fastqs, contigs, folder)
    depths = folder / "depths.txt"
    costs["depths"] = metered(["jgi_summarize_bam_contig_depths", "--outputDepth", depths, *bams])
    table = folder / "bins.tsv"
    options = ["-t", 1, "--seed", SEED, "--saveCls", "--noBinOut"]
    costs["metabat2"] = metered(["metabat2", "-i", contigs, "-a", depths, "-o", table, *options])
    label = read_labels(simulation.read_ids, bams, contig_bins(table))
    return certain(label, costs)


def mapped(fastqs: Iterable[Path], contigs: Path, folder: Path) -> tuple[list[Path], Cost]:
    """Map the reads of each unit; return the sorted BAM files and the cost of all programs."""
    bams: list[Path] = []
    cpu, wall, memory = 0.0, 0.0, 0
    for number, fastq in enumerate(fastqs):
        sam, bam = folder / "mapped.sam", folder / f"{number}.bam"
        for command in (
            ["minimap2", "-a", "-x", "sr", "-t", 1, "-o", sam, contigs, fastq],
            ["samtools", "sort", "-o", bam, sam],
        ):
            cost = metered(command)
            cpu, wall, memory = cpu + cost.cpu, wall + cost.wall, max(memory, cost.memory)
        sam.unlink()
        bams.append(bam)
    return bams, Cost(cpu, wall, memory)


def contig_bins(table: Path) -> dict[str, int]:
    """Return the bin of each binned contig: lines of name, tab, bin; bin 0 is none."""
    rows = (line.split("\t") for line in table.read_text().splitlines())
    return {name.split()[0]: int(number) for name, number in rows if int(number)}


def read_labels(read_ids: pa.Array, bams: Iterable[Path], bins: Mapping[str, int]) -> np.ndarray:
    """Return the bin of each read.

    Args:
        read_ids: names of n reads, with /1 or /2 for mates.
        bams: primary alignments of all reads, in any order.
        bins: bin of each binned contig.

    Returns:
        int64 (n,), NOT_PLACED for reads of which neither the contig nor that of the mate is binned.
    """
    placed: dict[str, int] = {}
    for bam in bams:
        with pysam.AlignmentFile(str(bam)) as alignments:
            for read in alignments:
                number = None if read.is_unmapped else bins.get(read.reference_name or "")
                if number is not None and not (read.is_secondary or read.is_supplementary):
                    end = "/1" if read.is_read1 else "/2" if read.is_read2 else ""
                    placed[f"{read.query_name}{end}"] = number
    own = np.full(len(read_ids), NOT_PLACED, np.int64)
    names = pa.array(placed.keys(), pa.string())
    row = pyarrow.compute.index_in(names, value_set=read_ids).to_numpy()
    own[row] = np.fromiter(placed.values(), np.int64, len(placed))
    return with_mates(own, read_ids)


def with_mates(label: np.ndarray, read_ids: pa.Array) -> np.ndarray:
    """Return the labels; a read without one has that of its mate, which is next to it."""
    pairs = pyarrow.compute.ends_with(read_ids, "/1").to_numpy(zero_copy_only=False)
    first = np.flatnonzero(pairs)
    label = label.copy()
    for read, mate in ((first, first + 1), (first + 1, first)):
        lacking = label[read] == NOT_PLACED
        label[read[lacking]] = label[mate[lacking]]
    return label
