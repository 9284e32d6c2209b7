"""What to do next with the clusters of a run: sentences with commands."""

from readkin.report.blocks import Steps
from readkin.report.cluster_measures import ClusterMeasures
from readkin.report.number_text import percent_text, plural, share

LOW_DEPTH = 5.0
LARGE_SHARE = 0.01  # of the reads: smaller clusters are not worth a step
UNPLACED_SHARE = 0.1
MAX_NAMED = 5
EXPORT = "snakemake --cores 8 --config 'cluster={export: fastq}'"


def next_steps(clusters: ClusterMeasures) -> Steps:
    """Return the steps that suit these clusters, at least one."""
    steps = [
        _read_sets(clusters),
        _assembly(clusters),
        _names(clusters),
        _depth(clusters),
        _placement(clusters),
        _method(clusters),
    ]
    return Steps("next", "What to do next", [step for step in steps if step is not None])


def _read_sets(clusters: ClusterMeasures) -> tuple[str, str] | None:
    if clusters.files:
        return None
    if clusters.folder is not None:
        return (
            "No cluster is large enough to be exported. Lower cluster.export_min_reads to write the"
            " reads of smaller ones.",
            "snakemake --cores 8 --config 'cluster={export: fastq, export_min_reads: 100}'",
        )
    return (
        "Write the reads of each cluster to FASTQ files of its own, mates together, ready for an"
        " assembler. Only this stage and the report run again.",
        EXPORT,
    )


def _assembly(clusters: ClusterMeasures) -> tuple[str, str] | None:
    if any("contigs" in row for row in clusters.summary):
        return None
    return (
        "Assemble each cluster by itself, not all reads together; MEGAHIT or SPAdes"
        " must be installed.",
        "snakemake --cores 8 --config 'cluster={assemble: megahit}'",
    )


def _names(clusters: ClusterMeasures) -> tuple[str, str] | None:
    if not clusters.are_genomes or any("hit" in row for row in clusters.summary):
        return None
    return (
        "Name the clusters after genomes that you know: their pieces are searched in a FASTA file.",
        "snakemake --cores 8 --config 'cluster={names: genomes.fa}'",
    )


def _depth(clusters: ClusterMeasures) -> tuple[str, str] | None:
    low = [
        row
        for row in clusters.summary
        if row["depth"] is not None
        and row["depth"] < LOW_DEPTH
        and row["reads"] >= LARGE_SHARE * clusters.reads
    ]
    if not low:
        return None
    numbers = ", ".join(str(row["cluster"]) for row in low[:MAX_NAMED])
    more = f" and {len(low) - MAX_NAMED} more" if len(low) > MAX_NAMED else ""
    return (
        f"Sequence deeper for {plural(len(low), 'cluster').split()[1]} {numbers}{more}: at a depth"
        f" below {LOW_DEPTH:g}x genomes are covered in part only, and their assemblies will be in"
        " fragments.",
        "",
    )


def _placement(clusters: ClusterMeasures) -> tuple[str, str] | None:
    unplaced = share(clusters.reads - clusters.placed, clusters.reads) or 0
    if not clusters.are_genomes or unplaced < UNPLACED_SHARE:
        return None
    text = f"{percent_text(unplaced)} of the reads are not placed; the table below shows why."
    if len(clusters.samples) < 2:
        text += (
            " The best remedy is more samples of the same community: genomes that look alike in one"
            " sample differ in their depth over several. List them in config/samples.tsv."
        )
    return text, ""


def _method(clusters: ClusterMeasures) -> tuple[str, str] | None:
    if clusters.are_genomes:
        return None
    return (
        "These clusters follow overlaps alone: a genome at low depth is in many of them, and a"
        " repeat may tie several genomes into one. For one cluster per genome, with a confidence"
        " for each read, use the method genomes.",
        "snakemake --cores 8 --config 'cluster={method: genomes}'",
    )
