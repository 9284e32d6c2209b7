"""The layouts of the embeddings: the shards, and the virtual file over them."""

from readkin.formats.hdf5_layouts import Attribute, Dataset, Layout

NO_MATE_VALUE = 2**64 - 1
VECTOR_DTYPES = ("i1", "<f4")

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
        "",
        "The read's vector, the same for its reverse complement: int8 where the method counts"
        " (signed counts of k-mers, clipped to -127..127), else float32.",
        VECTOR_DTYPES[1],
    ),
    Dataset("norms", ("reads",), "<f4", "", "Euclidean norm of the vector, before clipping."),
    Dataset("read_length", ("reads",), "<u4", "bp", "Length of the read."),
    Dataset(
        "mate_index",
        ("reads",),
        "<u8",
        "",
        f"read_index of the mate; {NO_MATE_VALUE} where there is none.",
    ),
    Dataset("unit", ("reads",), "<u4", "", "Row of the sample sheet, the first row being 0."),
    Dataset("keys/count", ("reads",), "<u4", "keys", "Number of sampled keys of each read."),
    Dataset(
        "keys/hash",
        ("keys",),
        "<u8",
        "",
        "Seeded hash of the canonical k-mer, read by read in order of position. K-mers with a"
        " base other than A, C, G, T and palindromes are left out; a k-mer that a read shows"
        " several times counts once, at its first position.",
    ),
    Dataset(
        "keys/place",
        ("keys",),
        "<u4",
        "",
        "2 p + r: the k-mer starts at base p of the read, from 0; r is 1 where the canonical form"
        " is the reverse complement of what the read shows, else 0.",
    ),
    Dataset(
        "sequence/hash",
        ("reads",),
        "<u8",
        "",
        "Hash of the canonical sequence (the smaller of read and reverse complement; bases other"
        " than A, C, G, T count as one further letter): equal for equal reads and their reverse"
        " complements.",
    ),
    Dataset(
        "sequence/packed",
        ("bytes",),
        "u1",
        "",
        "Bases with 2 bits each (A 0, C 1, G 2, T 3, anything else 0): base i of a read in bits"
        " 2 (i mod 4) of its byte i / 4; each read begins at a new byte and takes"
        " ceil(read_length / 4).",
    ),
)

INDEX_ARRAYS = (
    Dataset(
        "keys/indptr",
        ("bounds",),
        "<u8",
        "keys",
        "One more than reads: the keys of read i are keys/*[indptr[i]:indptr[i + 1]].",
    ),
    Dataset(
        "train",
        ("reads", "dimensions"),
        "<f4",
        "",
        "The vectors as floating-point numbers, for readers of ann-benchmarks files.",
    ),
    Dataset(
        "X",
        ("reads", "dimensions"),
        VECTOR_DTYPES[0],
        "",
        "The vectors again, under the name that anndata reads.",
        VECTOR_DTYPES[1],
    ),
    Dataset(
        "obs/read_index",
        ("reads",),
        "S10",
        "",
        "read_index as text: the names of the rows in anndata, with read_length, mate_index, unit"
        " and norms as columns.",
    ),
    Dataset("var/dimension", ("dimensions",), "S10", "", "Names of the columns in anndata."),
)

EMBEDDINGS = Layout(
    "readkin-embeddings",
    2,
    "One row per read, in the order of read_index: a dense vector for search and learning, the"
    " sampled k-mer keys for the join, and the bases. The arrays are virtual, except keys/indptr"
    " and the names in obs and var: the data lie in the shards, which manifest.json lists with"
    " size and SHA-256. HDF5 gives fill values for a missing shard without a word, so check the"
    " shards before reading (formats/embeddings.py does). Readers of ann-benchmarks files take"
    ' `train`; anndata takes the file with `read_h5ad(path, backed="r")`.',
    (
        READS_FINGERPRINT,
        Attribute("shards", str, "Folder of the shards and manifest.json, seen from this file."),
        Attribute("distance", str, "For ann-benchmarks: the vectors are compared by angle."),
    ),
    READ_ARRAYS + INDEX_ARRAYS,
)

EMBEDDING_SHARD = Layout(
    "readkin-embeddings-shard",
    2,
    "A run of consecutive rows of the embeddings; the number of reads per shard is a setting.",
    (
        Attribute("reads_fingerprint", str, "SHA-256 of the reads of this shard, in order."),
        Attribute("first_read_index", int, "read_index of the first row."),
    ),
    READ_ARRAYS,
)
