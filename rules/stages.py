"""The list of the stages: what each one does, needs and counts.

The includes of the Snakefile, the resource requests, the report's inputs, the stage table of the
README and the tests read this list. A new stage is entered here and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rules.resources.model import ResourceModel


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage: rule, command, folder of logs and folder of benchmarks have its name.

    Attributes:
        name: name of the rule and of the command.
        summary, engine, product: cells of the README's stage table.
        resources: memory, run time and MPI ranks of a job.
        is_per_unit: whether one job processes one sequencing unit; otherwise one job per run.
        counts: things that its counts file must contain, which the report follows from stage to
            stage; empty for a stage that the report does not follow.
        only_with: setting without which (null) the stage is left out; "" for a stage of every run.
        target: rule without wildcards that makes all files of the stage; "" if the stage itself is
            such a rule.
    """

    name: str
    summary: str
    engine: str
    product: str
    resources: ResourceModel
    is_per_unit: bool = False
    counts: tuple[str, ...] = ()
    only_with: str = ""
    target: str = ""

    def is_part_of(self, config: Mapping[str, Any]) -> bool:
        """Return whether a run with these settings includes the stage."""
        value: Any = config
        for key in filter(None, self.only_with.split(".")):
            value = value[key]
        return value is not None


# Slurm grants memory per node. Inputs are compressed (FASTQ.gz, BAM: about 0.5 byte per base),
# arrays take one byte per base or more. Of embeddings, 3 bytes per base, align_pairs and
# search_reads hold a ninth only. `base_mb` includes Snakemake itself, which runs in each job.
# `input_per_fastq` was measured on the demo.
_STAGES = (
    Stage(
        name="trim_reads",
        summary="cuts adapters, low-quality ends and G tails, checks every record and pair",
        engine="cutadapt",
        product="`work/trimmed/`",
        resources=ResourceModel(base_mb=1000, minutes=20, minutes_per_input_gb=30, max_threads=4),
        is_per_unit=True,
        counts=("reads",),
        target="trimmed_reads",
    ),
    Stage(
        name="convert_fastq_to_bam",
        summary="unaligned BAM with read groups; numbers the reads",
        engine="NumPy, zlib-ng",
        product="`results/bam/*.unaligned.bam`",
        resources=ResourceModel(base_mb=500, minutes=20, minutes_per_input_gb=30),
        is_per_unit=True,
        counts=("reads",),
        target="bam_files",
    ),
    Stage(
        name="map_to_reference",
        summary="aligned, sorted, indexed BAM",
        engine="minimap2 (mappy)",
        product="`results/bam/*.aligned.bam`",
        resources=ResourceModel(base_mb=2000, per_input_mb=1, minutes=20, minutes_per_input_gb=120),
        is_per_unit=True,
        counts=("reads",),
        only_with="reference",
        target="mapped_reads",
    ),
    Stage(
        name="embed_reads",
        summary="for each read a dense k-mer vector and a signature of sampled k-mers",
        engine="Ray, Numba",
        product="`results/embeddings.h5`, `reads.parquet`",
        resources=ResourceModel(
            base_mb=2000, per_worker_mb=250, per_input_mb=2, minutes=30, minutes_per_input_gb=60
        ),
        counts=("reads",),
    ),
    Stage(
        name="find_pairs",
        summary="reads that share sampled k-mers: candidate pairs with votes, strand, diagonal",
        engine="Numba, MPI",
        product="`results/pairs.h5`",
        resources=ResourceModel(
            # About what sorting ten keys per read in one pass takes. With less they take several
            # passes, with half of it their buckets are written to a file (readkin/join/buckets.py).
            base_mb=800,
            per_worker_mb=400,
            per_input_mb=1.4,
            per_worker_and_input_mb=0.09,
            minutes=30,
            minutes_per_input_gb=60,
            input_mb_per_rank=50,
            input_per_fastq=4,
        ),
        counts=("pairs",),
    ),
    Stage(
        name="align_pairs",
        summary="Smith-Waterman alignment of the candidate pairs, with proof or bound",
        engine="Numba, MPI",
        product="`results/alignments/`",
        resources=ResourceModel(
            base_mb=1500,
            per_worker_mb=250,
            per_input_mb=2,
            minutes=60,
            minutes_per_input_gb=120,
            input_mb_per_rank=40,
            input_per_fastq=6,
        ),
        counts=("pairs",),
    ),
    Stage(
        name="join_reads",
        summary="pieces of genomes: reads with layout and consensus, by overlaps and mates",
        engine="Numba, MPI",
        product="`results/pieces.fasta.gz`, `.gfa`",
        resources=ResourceModel(
            base_mb=1500,
            per_worker_mb=250,
            per_input_mb=3,
            minutes=30,
            minutes_per_input_gb=60,
            input_mb_per_rank=60,
            input_per_fastq=7,
        ),
        counts=("reads", "pairs"),
    ),
    Stage(
        name="cluster_reads",
        summary="clusters, one for each genome: by composition, depth in samples, overlaps",
        engine="Numba, Leiden (graspologic)",
        product="`results/clusters.tsv`, `.parquet`, `cluster_summary.tsv`",
        resources=ResourceModel(
            base_mb=1500,
            per_input_mb=5,
            minutes=20,
            minutes_per_input_gb=60,
            input_per_fastq=2,
            max_threads=4,
        ),
        counts=("reads",),
    ),
    Stage(
        name="export_clusters",
        summary="the reads of each cluster in files of its own, mates together",
        engine="Numba",
        product="`results/clusters/`",
        resources=ResourceModel(
            base_mb=1000,
            per_input_mb=5,
            minutes=20,
            minutes_per_input_gb=30,
            max_threads=4,
        ),
        counts=("reads",),
        only_with="cluster.export",
    ),
    Stage(
        name="assemble_clusters",
        summary="contigs of each cluster, assembled by itself",
        engine="MEGAHIT or SPAdes",
        product="`results/assemblies/`, `assemblies.tsv`",
        resources=ResourceModel(
            base_mb=4000,
            per_worker_mb=250,
            per_input_mb=20,
            minutes=60,
            minutes_per_input_gb=600,
        ),
        counts=("clusters",),
        only_with="cluster.assemble",
    ),
    Stage(
        name="export_graph",
        summary="graph of the pieces of one cluster",
        engine="NumPy",
        product="`results/cluster.graphml`",
        resources=ResourceModel(base_mb=1000, per_input_mb=10, minutes=20, minutes_per_input_gb=10),
        only_with="cluster.graph",
    ),
    Stage(
        name="name_clusters",
        summary="known sequences that the pieces of each cluster match best",
        engine="Numba",
        product="`results/cluster_names.tsv`",
        resources=ResourceModel(base_mb=2000, per_input_mb=10, minutes=30, minutes_per_input_gb=60),
        counts=("windows",),
        only_with="cluster.names",
    ),
    Stage(
        name="search_reads",
        summary="best hits of queries in the reads or a database",
        engine="Numba, MPI",
        product="`results/search.parquet`, `.paf.gz`, `.blast6.tsv`",
        resources=ResourceModel(
            base_mb=2000,
            per_worker_mb=500,
            per_input_mb=5,
            minutes=120,
            minutes_per_input_gb=120,
            input_mb_per_rank=40,
            input_per_fastq=4,
        ),
        counts=("queries", "hits"),
        only_with="search.query",
        target="search",
    ),
    Stage(
        name="compare_with_truth",
        summary="recall, precision, V-measure, adjusted Rand index",
        engine="scikit-learn",
        product="`results/truth_comparison.json`",
        resources=ResourceModel(base_mb=1000, per_input_mb=1, minutes=20, minutes_per_input_gb=30),
        only_with="truth",
    ),
    Stage(
        name="write_report",
        summary="one page that works offline",
        engine="Plotly",
        product="`results/report.html`",
        resources=ResourceModel(
            base_mb=1000, per_input_mb=1, minutes=10, minutes_per_input_gb=10, input_per_fastq=6
        ),
    ),
    Stage(
        name="publish_results",
        summary="all results with checksums in S3, and a manifest",
        engine="boto3",
        product="objects below `results_uri`",
        resources=ResourceModel(base_mb=1500, minutes=30, minutes_per_input_gb=60),
        only_with="results_uri",
    ),
)
STAGES = {stage.name: stage for stage in _STAGES}
"""All stages by name, in the order of a run."""


def reported_stages(config: Mapping[str, Any]) -> list[Stage]:
    """Return the stages of which the report shows counts, time and memory."""
    return [stage for stage in STAGES.values() if stage.counts and stage.is_part_of(config)]
