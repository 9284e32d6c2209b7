"""Layouts of all HDF5 files, each declared once.

Files are created and checked by these declarations (hdf5_files.py), and the page
docs/file-formats.md is rendered from them (docs/pages/file_formats.py).
"""

from typing import NamedTuple

GENERATED_BY = "readkin 0.1.0"
NO_MATE_VALUE = 2**64 - 1
VECTOR_DTYPES = ("i1", "<f4")


class Dataset(NamedTuple):
    """One array of a layout.

    Attributes:
        name: path inside the file.
        dims: name of each axis; axes of one name have the same length throughout a file.
        dtype: numpy dtype with byte order.
        meaning: description of the values, in whole sentences.
        unit: unit of the values, or "" for identifiers and flags.
        other_dtype: a second dtype that the array may have, or "".
    """

    name: str
    dims: tuple[str, ...]
    dtype: str
    meaning: str
    unit: str = ""
    other_dtype: str = ""

    @property
    def dtypes(self) -> tuple[str, ...]:
        """All dtypes that the array may have."""
        return (self.dtype, self.other_dtype) if self.other_dtype else (self.dtype,)


class Attribute(NamedTuple):
    """One attribute of the root group."""

    name: str
    kind: type
    meaning: str


class FileLayout(NamedTuple):
    """One kind of HDF5 file.

    Attributes:
        format, version: values of the root attributes ``format`` and ``format_version``.
        stage: name of the stage that writes the file.
        meaning: description of the file, in whole sentences.
        attributes: root attributes beside those that all files share.
        datasets: all arrays.
    """

    format: str
    version: int
    stage: str
    meaning: str
    attributes: tuple[Attribute, ...]
    datasets: tuple[Dataset, ...]

    def dataset(self, name: str) -> Dataset:
        """Return the declaration of array ``name``."""
        return next(dataset for dataset in self.datasets if dataset.name == name)


COMMON_ATTRIBUTES = (
    Attribute("format", str, "Layout of the file, one of those on this page."),
    Attribute("format_version", int, "Version of the layout; readers refuse any other."),
    Attribute("generated_by", str, "Program and version that wrote the file."),
    Attribute("parameters", str, "Settings that determine the content, as JSON."),
    Attribute(
        "fingerprint",
        str,
        "SHA-256 of what determines the content: settings and the code of the method.",
    ),
)

READS_FINGERPRINT = Attribute(
    "reads_fingerprint",
    str,
    "SHA-256 over the reads that the rows belong to: bases, names, mates and units, in order.",
)

READ_ARRAYS = (
    Dataset(
        "vectors",
        ("reads", "dimensions"),
        VECTOR_DTYPES[0],
        "Vector of the read, the same as for its reverse complement: int8 if the method counts"
        " (signed counts of k-mers, clipped to -127..127), else float32.",
        other_dtype=VECTOR_DTYPES[1],
    ),
    Dataset("norms", ("reads",), "<f4", "Euclidean norm of the vector, before clipping."),
    Dataset("read_length", ("reads",), "<u4", "Length of the read.", unit="bp"),
    Dataset(
        "mate_index",
        ("reads",),
        "<u8",
        f"read_index of the mate; {NO_MATE_VALUE} for a read without mate.",
    ),
    Dataset("unit", ("reads",), "<u4", "Row of the sample sheet, from 0."),
    Dataset(
        "low_complexity",
        ("reads",),
        "<u4",
        "Bases of low complexity (one base or short repeats), in which there are no keys; 0 if"
        " mask_low_complexity is false.",
        unit="bp",
    ),
    Dataset("keys/count", ("reads",), "<u4", "Number of sampled keys of each read.", unit="keys"),
    Dataset(
        "keys/hash",
        ("keys",),
        "<u8",
        "Seeded hash of the canonical k-mer, read by read in order of position. K-mers with a"
        " base of low complexity or other than A, C, G, T, and palindromes, are left out. A k-mer"
        " that occurs several times in a read counts once, at its first position.",
    ),
    Dataset(
        "keys/place",
        ("keys",),
        "<u4",
        "2 p + r: the k-mer starts at base p of the read, from 0; r is 1 if the canonical form"
        " is the reverse complement of the k-mer as sequenced, else 0.",
    ),
    Dataset(
        "sequence/hash",
        ("reads",),
        "<u8",
        "Hash of the canonical sequence (the smaller of read and reverse complement; bases other"
        " than A, C, G, T count as one fifth base). Equal reads and their reverse complements have"
        " equal hashes.",
    ),
    Dataset(
        "sequence/packed",
        ("bytes",),
        "u1",
        "Bases with 2 bits each (A 0, C 1, G 2, T 3, anything else 0): base i of a read in bits"
        " 2 (i mod 4) of its byte i / 4. Each read begins at a new byte and takes"
        " ceil(read_length / 4) bytes.",
    ),
    Dataset(
        "unknown/read",
        ("runs",),
        "<u8",
        "read_index of each run of bases other than A, C, G, T, which sequence/packed cannot"
        " hold. Runs are as long as possible, and sorted by read and position.",
    ),
    Dataset("unknown/first", ("runs",), "<u4", "First base of the run, from 0.", unit="bp"),
    Dataset("unknown/end", ("runs",), "<u4", "End of the run, exclusive.", unit="bp"),
)

INDEX_ARRAYS = (
    Dataset(
        "keys/indptr",
        ("bounds",),
        "<u8",
        "The keys of read i are keys/*[indptr[i]:indptr[i + 1]]; one value more than reads.",
        unit="keys",
    ),
    Dataset(
        "train",
        ("reads", "dimensions"),
        "<f4",
        "The vectors as floating-point numbers, for readers of ann-benchmarks files.",
    ),
    Dataset(
        "X",
        ("reads", "dimensions"),
        VECTOR_DTYPES[0],
        "The vectors again, under the name that anndata reads.",
        other_dtype=VECTOR_DTYPES[1],
    ),
    Dataset(
        "obs/read_index",
        ("reads",),
        "S10",
        "read_index as text: the names of the rows in anndata, with read_length, mate_index, unit"
        " and norms as columns.",
    ),
    Dataset("var/dimension", ("dimensions",), "S10", "Names of the columns in anndata."),
)

EMBEDDINGS = FileLayout(
    format="readkin-embeddings",
    version=4,
    stage="embed_reads",
    meaning="One row per read, in the order of read_index: a dense vector for search and learning,"
    " the sampled k-mer keys for the join, and the bases. The arrays are virtual, except"
    " keys/indptr and the names in obs and var: the shards contain the data, and manifest.json"
    " lists the shards with size and SHA-256. HDF5 returns fill values for a missing shard without"
    " an error, so check the shards before reading (formats/embeddings.py does). Readers of"
    ' ann-benchmarks files use `train`; anndata opens the file with `read_h5ad(path, backed="r")`.',
    attributes=(
        READS_FINGERPRINT,
        Attribute("shards", str, "Folder of the shards and manifest.json, relative to this file."),
        Attribute("distance", str, "For ann-benchmarks: the vectors are compared by angle."),
    ),
    datasets=READ_ARRAYS + INDEX_ARRAYS,
)

EMBEDDING_SHARD = FileLayout(
    format="readkin-embeddings-shard",
    version=4,
    stage="embed_reads",
    meaning="Consecutive rows of the embeddings; the number of reads per shard is a setting.",
    attributes=(
        Attribute("reads_fingerprint", str, "SHA-256 of the reads of this shard, in order."),
        Attribute("first_read_index", int, "read_index of the first row."),
    ),
    datasets=READ_ARRAYS,
)

PAIR_ARRAYS = (
    Dataset("read_a", ("pairs",), "<u8", "read_index of the first read."),
    Dataset("read_b", ("pairs",), "<u8", "read_index of the second read."),
    Dataset(
        "votes",
        ("pairs",),
        "<u4",
        "Sampled k-mers that both reads share on that strand.",
        unit="keys",
    ),
    Dataset(
        "is_reverse",
        ("pairs",),
        "u1",
        "1 if the second read is compared as its reverse complement, else 0.",
    ),
    Dataset(
        "diagonal",
        ("pairs",),
        "<i4",
        "Position in the first read minus position in the second (reverse-complemented if"
        " is_reverse is 1): the most frequent one of all votes; of equally frequent ones that"
        " of the longest overlap, then the smallest.",
        unit="bp",
    ),
    Dataset(
        "duplicates/read",
        ("duplicates",),
        "<u8",
        "read_index of a read with the same bases as an earlier one, on either strand.",
    ),
    Dataset("duplicates/original", ("duplicates",), "<u8", "read_index of the earlier read."),
)

EMBEDDINGS_FINGERPRINT = Attribute(
    "embeddings_fingerprint", str, "fingerprint of the embeddings joined."
)

PAIRS = FileLayout(
    format="readkin-pairs",
    version=3,
    stage="find_pairs",
    meaning="Candidate pairs of reads, each once with read_a < read_b, sorted by (read_a, read_b)."
    " The first of all reads with the same bases, on either strand, represents the others: each of"
    " these has one pair, with the first read, and its votes count its own keys only. All arrays"
    " are virtual: the shards contain the data, and manifest.json lists the shards with size and"
    " SHA-256. HDF5 returns fill values for a missing shard without an error, so check the shards"
    " before reading (formats/pairs.py does).",
    attributes=(
        READS_FINGERPRINT,
        EMBEDDINGS_FINGERPRINT,
        Attribute("n_reads", int, "Number of reads that were joined."),
        Attribute("shards", str, "Folder of the shards and manifest.json, relative to this file."),
    ),
    datasets=PAIR_ARRAYS,
)

PAIRS_SHARD = FileLayout(
    format="readkin-pairs-shard",
    version=1,
    stage="find_pairs",
    meaning="The pairs, and the duplicates, of a range of first reads. The ranges follow from the"
    " keys that reads share, not from the number of ranks.",
    attributes=(
        EMBEDDINGS_FINGERPRINT,
        Attribute("first_read", int, "First read of the range."),
        Attribute("end_read", int, "End of the range: the read after its last one."),
    ),
    datasets=PAIR_ARRAYS,
)

PIECES = FileLayout(
    format="readkin-pieces",
    version=1,
    stage="join_reads",
    meaning="Pieces: sets of reads that lie beside each other in one genome, each with its layout"
    " on a common axis. They are numbered from 0 by falling number of reads, ties by the smallest"
    " read_index. Every read is in exactly one piece; a read without kin is a piece of its own."
    " Reads are in the order of read_index.",
    attributes=(
        READS_FINGERPRINT,
        Attribute("fragment_length", float, "Median length of the fragments of mates, in bp."),
        Attribute(
            "fragment_spread",
            float,
            "Spread of that length, in bp: 1.48 times the median absolute deviation.",
        ),
    ),
    datasets=(
        Dataset("piece", ("reads",), "<u4", "Piece of the read."),
        Dataset(
            "position",
            ("reads",),
            "<i4",
            "First base of the read on the axis of its piece, from 0; -1 for a read that is not"
            " laid out: its own sequence shows no place, and it follows its mate.",
            unit="bp",
        ),
        Dataset(
            "is_forward",
            ("reads",),
            "u1",
            "1 if the read runs along the axis, 0 if its reverse complement does.",
        ),
        Dataset(
            "is_shared",
            ("reads",),
            "u1",
            "1 if the read lies in sequence that several places have in common and its mate does"
            " not decide between them, else 0.",
        ),
        Dataset("span", ("pieces",), "<u4", "Length of the layout.", unit="bp"),
        Dataset(
            "bases",
            ("pieces",),
            "<u8",
            "Bases of the reads that are laid out; divided by span, the depth of the piece.",
            unit="bp",
        ),
        Dataset(
            "is_shared_piece",
            ("pieces",),
            "u1",
            "1 if the piece is sequence that several places have in common (a repeat, a conserved"
            " gene, an identical stretch of strains), else 0.",
        ),
        Dataset(
            "consensus",
            ("positions",),
            "u1",
            "Consensus of the layout of each piece, piece by piece, span bases each: A 0, C 1, G 2,"
            " T 3; 4 where no read has a known base. Qualities above 63 count as 63."
            " With reads above 1,000 bp it consists of parts of single reads, and may be"
            " some bases out of step with the axis.",
        ),
        Dataset("contact_a", ("contacts",), "<u4", "First of two pieces with alignments."),
        Dataset("contact_b", ("contacts",), "<u4", "Second one, above contact_a."),
        Dataset(
            "contact_alignments",
            ("contacts",),
            "<u4",
            "Alignments between reads of the two pieces.",
            unit="alignments",
        ),
        Dataset(
            "contact_against",
            ("contacts",),
            "<u4",
            "Those of them that show different sequence: too many mismatches for sequencing"
            " errors, or other bases at a site where the reads differ.",
            unit="alignments",
        ),
        Dataset(
            "contact_unclear",
            ("contacts",),
            "<u4",
            "Those of them that end before a site where their kin differ.",
            unit="alignments",
        ),
        Dataset("link_a", ("links",), "<u4", "First of two pieces that mates link."),
        Dataset("link_b", ("links",), "<u4", "Second one."),
        Dataset("link_count", ("links",), "<u4", "Mates that place them alike.", unit="mates"),
        Dataset(
            "link_is_flipped",
            ("links",),
            "u1",
            "1 if the axes of the two pieces run in opposite directions, else 0.",
        ),
        Dataset(
            "link_shift",
            ("links",),
            "<i8",
            "Between the bases of the axis of link_b and that of link_a: position p of the second"
            " is link_shift + p of the first; if flipped, link_shift - p. Positions are bounds"
            " between bases: base i lies from i to i + 1.",
            unit="bp",
        ),
    ),
)

COMPOSITION_METRIC = FileLayout(
    format="readkin-composition-metric",
    version=1,
    stage="cluster_reads",
    meaning="The embedding of pieces, learned from the genomes that a run found and those known"
    " before: how the composition in tetranucleotides varies within and between genomes. The"
    " coordinates of a sequence are `((share - background) / sqrt(background)) @ axes`, where"
    " `share` are the shares of its canonical tetranucleotides.",
    attributes=(
        Attribute("genomes", float, "Number of genomes that the covariances were estimated from."),
    ),
    datasets=(
        Dataset("word", ("words",), "S4", "The 136 canonical tetranucleotides."),
        Dataset("background", ("words",), "<f8", "Mean share over genomes; the sum is 1."),
        Dataset(
            "within",
            ("words", "words"),
            "<f8",
            "Covariance of the excess `(share - background) / sqrt(background)` of stretches of"
            " 4000 bp within a genome.",
        ),
        Dataset(
            "between",
            ("words", "words"),
            "<f8",
            "Covariance of the excess of whole genomes.",
        ),
        Dataset(
            "axes",
            ("words", "dimensions"),
            "<f8",
            "Axes on which both covariances are diagonal, `within` with variance 1.",
        ),
        Dataset("variance", ("dimensions",), "<f8", "Variance of `between` along each axis."),
    ),
)

LAYOUTS = (EMBEDDINGS, EMBEDDING_SHARD, PAIRS, PAIRS_SHARD, PIECES, COMPOSITION_METRIC)
