"""Chapters on how to read the page and where the result files are."""

from readkin.report.blocks import Column, Section, Table

TERMS = (
    ("Read", "one sequence; the two mates of a pair are two reads, /1 and /2"),
    ("Unit", "one line of the sample sheet: one sequencing run of one sample"),
    (
        "Candidate pair",
        "two reads that share at least pairs.min_votes sampled k-mers and hardly"
        " differ where these say that they overlap",
    ),
    (
        "Exact duplicate",
        "a read with the same bases as an earlier one, on either strand; it has one"
        " candidate pair, that with the first such read, which stands for it in all others",
    ),
    ("Vote", "one sampled k-mer that both reads of a pair share"),
    (
        "Kin pair",
        "candidate pair whose exact local alignment passes align.min_score,"
        " min_identity and min_overlap_bp",
    ),
    ("Identity", "equal bases divided by alignment columns; a gap base is a column"),
    (
        "Cluster",
        "reads joined, directly or through others, by kin pairs that pass the stricter"
        " cluster.* settings, and by being mates (cluster.join_mates)",
    ),
    ("Representative", "the read of a cluster with the most kin"),
    (
        "Recall",
        "of the pairs that truly overlap in a genome by at least"
        " compare.min_kin_overlap_bp, the part that was found",
    ),
    (
        "Precision",
        "of the pairs found, the part that truly overlaps by at least"
        " compare.min_true_overlap_bp in the same genome",
    ),
    (
        "V-measure",
        "harmonic mean of homogeneity (a cluster holds one genome) and completeness"
        " (a genome lies in one cluster); 1 is perfect",
    ),
    (
        "Adjusted Rand index",
        "agreement of clusters and genomes over all pairs of reads; 0 is chance, 1 is perfect",
    ),
)

SYMPTOMS = (
    (
        "Most reads dropped by trimming",
        "look at quality before trimming; check the adapters,"
        " trim.min_quality and trim.min_length_bp",
    ),
    ("Few candidate pairs", "low coverage, or expected_error_rate lower than the reads have"),
    (
        "Many candidates dropped by identity",
        "repeats or related genomes share k-mers; that is what the alignment is for",
    ),
    (
        "One cluster holds nearly all",
        "a repeat or a close relative bridges genomes: raise"
        " cluster.min_identity or cluster.min_overlap_bp",
    ),
    (
        "Many reads stay alone",
        "coverage is too low for overlaps: see the recall by overlap, or sequence deeper",
    ),
)

SEARCH_TERMS = (
    (
        "Hit",
        "target of the search that is among the search.top_n best of a query and whose E-value"
        " is at most search.max_evalue",
    ),
    (
        "E-value",
        "hits that chance would give with this score or a better one, in a database of this size",
    ),
)

FILES = {
    "bam/<sample>.<unit>.unaligned.bam": "reads with read groups (samtools, pysam)",
    "embeddings.h5": "vectors and sampled k-mers of each read (h5py, h5dump)",
    "pairs.h5": "candidate pairs with votes, strand and diagonal (h5py)",
    "alignments.parquet": "kin pairs with coordinates, identity, CIGAR (pandas, polars, DuckDB)",
    "alignments.paf.gz": "the same as PAF (minimap2's tools, R pafr)",
    "clusters.tsv": "read, cluster, size, representative (any spreadsheet, awk)",
    "clusters.parquet": "the same for programs",
}
SEARCH_FILES = {
    "search.parquet": "hits with coordinates, E-value, CIGAR (pandas, polars, DuckDB)",
    "search.paf.gz": "the same as PAF (minimap2's tools, R pafr)",
    "search.blast6.tsv": "the same as BLAST's table, -outfmt 6 (any spreadsheet, awk)",
}


def reading_section(has_search: bool) -> Section:
    """What the words of the page mean, and what to do when a figure looks odd."""
    terms = TERMS + SEARCH_TERMS if has_search else TERMS
    return Section(
        "reading",
        "How to read",
        "How to read this page",
        "Hover over a figure for its numbers, drag to zoom, double-click to go back; the camera"
        " saves it as SVG.",
        [
            Table("reading", "Words", (Column("Word"), Column("Meaning", is_prose=True)), terms),
            Table(
                "symptoms",
                "What to look at",
                (Column("If"), Column("then", is_prose=True)),
                SYMPTOMS,
            ),
        ],
    )


def files_section(has_truth: bool, has_search: bool) -> Section:
    """The result files beside the report."""
    rows = [*FILES.items(), *(SEARCH_FILES.items() if has_search else ())]
    if has_truth:
        rows.append(("truth_comparison.json", "numbers of the comparison with the truth"))
    return Section(
        "files",
        "Files",
        "Where the files are",
        "Beside this page, in the results folder. docs/file-formats.md describes the HDF5 files.",
        [
            Table(
                "files",
                "Result files",
                (Column("File"), Column("What, and what opens it", is_prose=True)),
                rows,
            )
        ],
    )
