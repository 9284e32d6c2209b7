"""Sections "How to read" (terms, and what to check) and "Files" (the result files)."""

from readkin.report.blocks import Column, Section, Table
from readkin.report.results import Results

TERMS = (
    ("Read", "one sequence; the two mates of a pair are two reads, /1 and /2"),
    ("Unit", "one line of the sample sheet: one sequencing run of one sample"),
    (
        "Candidate pair",
        "two reads that share at least pairs.min_votes sampled k-mers and have few mismatches in"
        " the overlap that these k-mers predict",
    ),
    (
        "Exact duplicate",
        "a read with the same bases as an earlier read, on either strand; its only candidate pair"
        " is the one with that first read, which represents it in all other pairs",
    ),
    ("Vote", "one sampled k-mer that both reads of a pair share"),
    (
        "Kin pair",
        "a candidate pair whose exact local alignment passes align.min_score, align.min_identity"
        " and align.min_overlap_bp",
    ),
    ("Identity", "matches divided by the length of the alignment, gaps included"),
    (
        "Piece",
        "reads that overlaps and mates lay out on one stretch of a genome, as far as nothing speaks"
        " against it",
    ),
    (
        "Cluster",
        "reads of one genome, as far as composition, depth in the samples and overlaps tell (method"
        " genomes), or reads that a chain of overlaps connects (method connected_components)",
    ),
    (
        "Confidence",
        "probability that a read belongs to its cluster, of all clusters and none; 1 for method"
        " connected_components",
    ),
    (
        "Strain",
        "part of a cluster whose pieces lie beside those of another part and differ from them, with"
        " a depth, or a profile over the samples, of its own",
    ),
    ("Placed", "with a confidence of at least cluster.min_confidence"),
    (
        "Shared sequence",
        "sequence that several places have in common, such as repeats and conserved genes; the read"
        " is not placed if its mate does not show which one it comes from",
    ),
    ("Singleton", "a cluster of one read"),
    (
        "Recall",
        "fraction of the true pairs (overlap in a genome of at least compare.min_kin_overlap_bp)"
        " that were found",
    ),
    (
        "Precision",
        "fraction of the found pairs that are true (overlap in a genome of at least"
        " compare.min_true_overlap_bp)",
    ),
    (
        "V-measure",
        "harmonic mean of homogeneity (each cluster has reads of one genome only) and"
        " completeness (all reads of a genome are in one cluster); 1 is perfect",
    ),
    (
        "Adjusted Rand index",
        "agreement of clusters and genomes over all pairs of reads; 0 is chance, 1 is perfect",
    ),
)

SYMPTOMS = (
    (
        "Trimming dropped most reads",
        "check the quality before trimming, the adapters, trim.min_quality and trim.min_length_bp",
    ),
    (
        "Few candidate pairs",
        "the coverage is low, or the reads have more errors than expected_error_rate",
    ),
    (
        "Many candidate pairs dropped by identity",
        "repeats or related genomes share k-mers; the alignment is meant to drop such pairs",
    ),
    (
        "One cluster contains nearly all reads",
        "the sample has one dominant organism, or close relatives that one sample cannot tell"
        " apart: add samples; with method connected_components a repeat joins genomes: use method"
        " genomes",
    ),
    (
        "Many singletons, or reads without a cluster",
        "the coverage is too low for overlaps: check the recall by overlap, or sequence deeper",
    ),
    (
        "Many reads of low confidence",
        "genomes of similar composition and depth: add samples of other abundances, or lower"
        " cluster.min_confidence and expect more wrong reads",
    ),
)

SEARCH_TERMS = (
    (
        "Hit",
        "a target that is among the search.top_n best of a query and has an E-value of at most"
        " search.max_evalue",
    ),
    (
        "E-value",
        "number of hits with this score or a better one that are expected by chance in a database"
        " of this size",
    ),
)

CLUSTER_FILES = {
    "clusters.tsv": "each read with its cluster, confidence, status (any spreadsheet, awk)",
    "clusters.parquet": "the same in Parquet (pandas, polars, DuckDB)",
    "cluster_summary.tsv": "each cluster with size, depth, GC, samples (any spreadsheet)",
}
EXPORTED_FILES = {"clusters/": "reads of each cluster; manifest.tsv lists the files (assemblers)"}
GENOME_FILES = {
    "pieces.parquet": "each piece with its cluster, depth in the samples, place on the map",
    "learned_embedding.h5": "metric of composition that this run has learned; with"
    " cluster.start_embedding the next run starts from it",
}
FILES = {
    "pieces.fasta.gz": "consensus of the pieces into which overlaps and mates join reads",
    "pieces.gfa": "pieces and their links by mates (Bandage)",
    "alignments/": "kin pairs with coordinates, identity, CIGAR (pandas, polars, DuckDB);"
    " align.paf: true writes them as PAF, too (minimap2's tools, R package pafr)",
    "reads.parquet": "names, mates, units and samples of the reads by read_index (pandas, DuckDB)",
    "pairs.h5": "candidate pairs with votes, strand and diagonal (h5py)",
    "embeddings.h5": "vectors and sampled k-mers of each read (h5py, h5dump)",
    "bam/<sample>.<unit>.unaligned.bam": "reads with read groups (samtools, pysam)",
}
SEARCH_FILES = {
    "search.parquet": "hits with coordinates, E-value, CIGAR (pandas, polars, DuckDB)",
    "search.paf.gz": "the same in PAF (minimap2's tools, R package pafr)",
    "search.blast6.tsv": "the same as BLAST's table, -outfmt 6 (any spreadsheet, awk)",
}


def reading_section(has_search: bool) -> Section:
    """Return the section on the terms of the page, and on what to check if results look wrong."""
    terms = TERMS + SEARCH_TERMS if has_search else TERMS
    return Section(
        name="reading",
        short_title="How to read",
        title="How to read this page",
        lead="Hover over a figure to see its numbers, drag to zoom, double-click to reset the view."
        " The camera icon saves the figure as SVG.",
        blocks=[
            Table(
                name="reading",
                caption="Terms",
                columns=(Column("Term"), Column("Meaning", is_prose=True)),
                rows=terms,
            ),
            Table(
                name="symptoms",
                caption="What to check",
                columns=(
                    Column("Observation"),
                    Column("Possible cause, and what to do", is_prose=True),
                ),
                rows=SYMPTOMS,
            ),
        ],
    )


def files_section(results: Results) -> Section:
    """Return the section that lists the result files of a run."""
    clusters = results.clusters
    files = [
        CLUSTER_FILES,
        EXPORTED_FILES if clusters.folder is not None else {},
        GENOME_FILES if clusters.pieces is not None else {},
        FILES,
        SEARCH_FILES if results.search is not None else {},
    ]
    rows = [row for part in files for row in part.items()]
    if results.truth is not None:
        rows.append(("truth_comparison.json", "numbers of the comparison with the truth"))
    return Section(
        name="files",
        short_title="Files",
        title="Result files",
        lead="The files are in the same folder as this page. docs/file-formats.md describes"
        " tables and HDF5 files.",
        blocks=[
            Table(
                name="files",
                caption="Files of this run",
                columns=(Column("File"), Column("Content, and tools that open it", is_prose=True)),
                rows=rows,
            )
        ],
    )
