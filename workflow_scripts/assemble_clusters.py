"""Assemble the reads of each cluster by itself with MEGAHIT or SPAdes.

In:  clusters.parquet, cluster_summary.tsv (names); the unaligned BAMs of all units.
Out: a folder with cluster_<number>.<name>.contigs.fasta.gz for each cluster that has contigs;
     assemblies.tsv, one row per cluster; counts JSON.

The reads of a cluster are those that export_clusters writes: placed ones with their mates, of all
samples and strains together. Clusters of fewer than --min-reads reads are left out. One cluster is
assembled after the other, in TMPDIR. After an interruption the stage resumes with the cluster at
which it was stopped.

Methods: Li 2015, doi:10.1093/bioinformatics/btv033 (MEGAHIT); Prjibelski 2020, doi:10.1002/cpbi.102
(SPAdes), whose mode for uneven depth (--sc) is used.
"""

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from readkin.assemblers import ASSEMBLERS, Assembler
from readkin.clusters import assembly as assembly_module
from readkin.clusters.assembly import TOO_FEW, assemble, assembly_row
from readkin.clusters.export import (
    ExportedGroup,
    destinations,
    exported_groups,
    parts_of,
    stem_of,
)
from readkin.command import (
    argument_parser,
    existing_file,
    log,
    positive_int,
    run_command,
)
from readkin.errors import UsageError
from readkin.formats.assemblies import (
    Assembly,
    FinishedAssemblies,
    write_assemblies,
    write_contigs,
)
from readkin.formats.atomic_write import atomic_folder
from readkin.formats.cluster_summary import read_cluster_summary
from readkin.formats.clusters import check_reads, read_clusters
from readkin.formats.counts import Flow, write_counts
from readkin.formats.exported_reads import fastq_writer
from readkin.formats.reads import Reads, load_reads, reads_fingerprint
from readkin.parallel.launch import foreign_environment, run_program
from readkin.provenance import fingerprint_of

SECONDS_TO_START = 120
AssembleGroup = Callable[[ExportedGroup, str], Assembly]
"""Function that assembles the reads of a cluster, which messages name by the text."""


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("assemble_clusters", __doc__)
    add = parser.add_argument
    add("--clusters", type=existing_file, required=True, help="Parquet, of cluster_reads")
    add("--summary", type=existing_file, required=True, help="TSV, of cluster_reads")
    add("--bam", type=existing_file, nargs="+", required=True, help="unaligned BAM of each unit")
    add("--assembler", choices=list(ASSEMBLERS), required=True)
    add("--min-reads", type=positive_int, required=True, help="of a cluster that is assembled")
    add("--threads", type=positive_int, default=1, help="of the assembler")
    add("--memory-mb", type=positive_int, required=True, help="of the job, MiB")
    add("--partial-dir", type=Path, required=True, help="finished assemblies of a stopped run")
    add("--output", type=Path, required=True, help="folder of contigs to write")
    add("--table", type=Path, required=True, help="TSV, to write")
    add("--counts", type=Path, required=True, help="JSON, to write")
    return parser.parse_args(argv)


def version_of(assembler: Assembler) -> str:
    """Return what the assembler prints as its version.

    Raises:
        UsageError: if it is not installed, or does not work.
    """
    if problem := assembler.problem():
        raise UsageError("cluster.assemble", *problem)
    answer = run_program([assembler.program, "--version"], SECONDS_TO_START, foreign_environment())
    if not answer.is_success:
        remedy = f"install {assembler.package} again"
        raise UsageError(assembler.program, answer.text, "its version", remedy)
    return answer.text


def stop_at_spaces(scratch: str) -> None:
    """Refuse a folder for temporary files that MEGAHIT cannot use.

    Raises:
        UsageError: if its path contains a space.
    """
    if any(map(str.isspace, scratch)):
        expected = "a path without spaces, at which MEGAHIT fails"
        raise UsageError("TMPDIR", f'"{scratch}"', expected, "set TMPDIR to another folder")


def group_assembler(
    reads: Reads, assembler: Assembler, threads: int, memory_mb: int
) -> AssembleGroup:
    """Return a function that assembles the reads of a cluster in a temporary folder."""
    write = fastq_writer(reads)

    def assemble_group(group: ExportedGroup, label: str) -> Assembly:
        with tempfile.TemporaryDirectory() as folder:
            files = {}
            for part, index in parts_of(group).items():
                files[part] = f"{part}.fastq.gz"
                write(Path(folder, files[part]), index)
            return assemble(label, files, Path(folder), assembler, threads, memory_mb)

    return assemble_group


def resumed(
    assemble_group: AssembleGroup, finished: FinishedAssemblies, settings: dict[str, str]
) -> AssembleGroup:
    """Return a function that assembles what an earlier attempt has not finished.

    Args:
        assemble_group: assembles the reads of a cluster.
        finished: assemblies of an earlier attempt.
        settings: what determines an assembly, besides the code and the reads of the cluster.
    """
    run = fingerprint_of(settings, assembly_module.__file__)

    def assemble_or_read(group: ExportedGroup, label: str) -> Assembly:
        key = fingerprint_of({"run": run, "reads": group.reads.tolist()})
        assembly = finished.read(key)
        if assembly is None:
            assembly = assemble_group(group, label)
            finished.write(key, assembly)
        return assembly

    return assemble_or_read


def assemble_clusters(
    groups: dict[int, ExportedGroup],
    names: Sequence[str],
    min_reads: int,
    assemble_group: AssembleGroup,
    folder: Path,
) -> list[dict[str, Any]]:
    """Write the contigs of each cluster; return the rows of the table of assemblies.

    Args:
        groups: reads of each cluster that has any to assemble.
        names: name of each cluster, from cluster 1 on; "" for none.
        min_reads: least reads of a cluster that is assembled.
        assemble_group: assembles the reads of a cluster.
        folder: of the contigs.
    """
    rows = []
    for cluster, name in enumerate(names, start=1):
        reads = len(groups[cluster].reads) if cluster in groups else 0
        row: dict[str, Any] = {"cluster": cluster, "name": name, "reads": reads}
        if reads < min_reads:
            rows.append(row | {"reason": TOO_FEW})
            continue
        group, label = groups[cluster], f"cluster {cluster} {name}".strip()
        log.info("assembly: %s, %d reads", label, reads)
        assembly = assemble_group(group, label)
        row |= assembly_row(assembly)
        rows.append(row)
        if assembly.contigs:
            path = folder / f"{stem_of(group, name)}.contigs.fasta.gz"
            write_contigs(path, name or f"cluster_{cluster}", assembly.contigs)
        log.info("assembly: %s, %s", label, result_text(row))
    return rows


def result_text(row: dict[str, Any]) -> str:
    """Return the result of one assembly for the log."""
    cost = f"{row['wall_s']:.1f} s, {row['peak_memory_mb']:.0f} MiB"
    if row["reason"]:
        return f"{row['reason']} ({cost})"
    sizes = f"{row['total_bp']} bp, largest {row['largest_bp']} bp, N50 {row['n50_bp']} bp"
    return f"contigs: {row['contigs']}, {sizes} ({cost})"


def run(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments."""
    assembler = ASSEMBLERS[arguments.assembler]
    version = version_of(assembler)
    stop_at_spaces(tempfile.gettempdir())
    reads = load_reads(arguments.bam, with_qualities=True)
    clusters = read_clusters(arguments.clusters, ["cluster", "confidence", "status"])
    fingerprint = reads_fingerprint(reads)
    check_reads(arguments.clusters, clusters, fingerprint)
    names = read_cluster_summary(arguments.summary)["name"].to_pylist()
    cluster = destinations(reads, clusters, min_reads=1).cluster
    groups = {group.cluster: group for group in exported_groups(reads, cluster, None)}
    settings = {"assembler": arguments.assembler, "version": version}
    assemble_group = resumed(
        group_assembler(reads, assembler, arguments.threads, arguments.memory_mb),
        FinishedAssemblies(arguments.partial_dir),
        settings | {"reads": fingerprint},
    )
    with atomic_folder(arguments.output) as folder:
        rows = assemble_clusters(groups, names, arguments.min_reads, assemble_group, folder)
    write_assemblies(arguments.table, rows)
    reasons = Counter(row["reason"] for row in rows)
    flow = Flow("clusters", len(rows), reasons.pop("", 0), dict(reasons))
    dropped = "".join(f", {number} {reason}" for reason, number in reasons.items())
    log.info("assembly: %d of %d clusters have contigs%s", flow.left, flow.entered, dropped)
    assembled = [row for row in rows if row["reason"] != TOO_FEW]
    details = {
        "assembler": version,
        "reads assembled": sum(row["reads"] for row in assembled),
        "contigs": sum(row["contigs"] for row in assembled),
        "bases of contigs": sum(row.get("total_bp", 0) for row in assembled),
    }
    write_counts(arguments.counts, "assemble_clusters", [flow], details)
    shutil.rmtree(arguments.partial_dir, ignore_errors=True)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
