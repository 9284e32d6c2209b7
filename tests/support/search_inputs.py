"""Queries and databases for search_reads, and the expected hits of an exhaustive search."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import parasail

from support import naive_kmers

AMINO_ACIDS = "ARNDCQEGHILKMFPSTWYV"
DNA_MATRIX = parasail.matrix_create("ACGTN", 2, -3)
DNA_MATRIX[4, 4] = -3  # N matches nothing


@dataclass
class SearchInputs:
    """Input and output files of search_reads in one folder.

    Attributes:
        folder: of all files.
        queries, targets: sequences by name.
        alphabet: dna or protein.
        outputs: Parquet, PAF, BLAST's table, counts.
    """

    folder: Path
    queries: dict[str, str]
    targets: dict[str, str]
    alphabet: str = "dna"
    outputs: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, sequences in (("queries", self.queries), ("targets", self.targets)):
            text = "".join(f">{name} some words\n{text}\n" for name, text in sequences.items())
            (self.folder / f"{name}.fa").write_text(text)
        names = ("search.parquet", "search.paf.gz", "search.blast6.tsv", "counts.json")
        self.outputs = [self.folder / name for name in names]

    def arguments(self, *flags: str, **changes: object) -> list[str]:
        """Return the command line; ``changes`` replace default settings, None omits one."""
        parquet, paf, blast_table, counts = self.outputs
        scoring: dict[str, object] = {"match": 2, "mismatch": -3, "gap_open": 7, "gap_extend": 2}
        if self.alphabet == "protein":
            scoring = {"matrix": "BLOSUM62", "gap_open": 12, "gap_extend": 1}
        settings: dict[str, object] = {
            "query": self.folder / "queries.fa",
            "database": self.folder / "targets.fa",
            "alphabet": self.alphabet,
            "top_n": 10,
            "max_evalue": 10,
            "ranks": 1,
            "parquet": parquet,
            "paf": paf,
            "blast_table": blast_table,
            "counts": counts,
        }
        words = (settings | scoring | changes).items()
        options = {name.replace("_", "-"): value for name, value in words if value is not None}
        return [*(f"--{name}={value}" for name, value in options.items()), *flags]


def score_of(query: str, target: str, alphabet: str) -> int:
    """Return the best local score by parasail, without its striped kernels."""
    if alphabet == "dna":
        return parasail.sw_scan_32(query, target, 7, 2, DNA_MATRIX).score
    return parasail.sw_scan_32(query, target, 12, 1, parasail.blosum62).score


def expected_hits(inputs: SearchInputs, top_n: int) -> list[tuple[str, str, str, int]]:
    """Return (query, target, strand, score) of an exhaustive search without E-value limit."""
    rows = []
    for query, text in inputs.queries.items():
        strands = {"+": text}
        if inputs.alphabet == "dna":
            strands["-"] = naive_kmers.reverse_complement(text)
        hits = []
        for number, (target, residues) in enumerate(inputs.targets.items()):
            scores = [(score_of(s, residues, inputs.alphabet), k) for k, s in strands.items()]
            score, strand = max(scores, key=lambda pair: pair[0])  # ties: forward strand
            if score > 0:
                hits.append((-score, number, target, strand))
        rows += [(query, target, strand, -low) for low, _, target, strand in sorted(hits)[:top_n]]
    return rows


def random_text(random: np.random.Generator, length: int, residues: str = "ACGT") -> str:
    """Return a random sequence."""
    return "".join(random.choice(list(residues), length))


def changed(random: np.random.Generator, text: str, rate: float, residues: str = "ACGT") -> str:
    """Return the sequence with substitutions, insertions and deletions."""
    pieces = []
    for residue in text:
        if random.random() >= rate:
            pieces.append(residue)
            continue
        piece = random.choice(
            ["", random_text(random, 1, residues), residue * 2], p=[0.2, 0.6, 0.2]
        )
        pieces.append(str(piece))
    return "".join(pieces)


def dna_inputs(folder: Path) -> SearchInputs:
    """Return DNA: short queries of both strands and a long one; short targets, also identical ones,
    and long targets, which are cut into windows; with N and lower case."""
    random = np.random.default_rng(11)
    long = {f"contig{i}": random_text(random, 9000 + 4000 * i) for i in range(3)}
    short = {f"short{i}": random_text(random, 90 + 11 * i) for i in range(12)}
    copies = {f"copy{i}": short["short3"] for i in range(4)}
    targets = {**short, **long, **copies}
    queries = {}
    for number, start in enumerate((0, 2000, 2230, 4700, 8850)):
        text = changed(random, long["contig0"][start : start + 150], 0.06)
        queries[f"q{number}"] = naive_kmers.reverse_complement(text) if number % 2 else text
    queries["copied"] = changed(random, short["short3"], 0.03)
    queries["with_n"] = "NNN" + long["contig2"][12_000:12_060] + "NNNNN" + "acgtn" * 4
    queries["long"] = changed(random, long["contig1"][3000:5000], 0.1)
    queries["both"] = short["short5"] + naive_kmers.reverse_complement(short["short5"])
    queries["unrelated"] = random_text(random, 70)
    queries["N"] = "NNNN"
    upper = {name: text.upper() for name, text in queries.items()}
    inputs = SearchInputs(folder, queries, targets)
    inputs.queries = upper
    return inputs


def protein_inputs(folder: Path) -> SearchInputs:
    """Return proteins: distant and near kin, ambiguous residues, a target longer than a window."""
    random = np.random.default_rng(12)
    targets = {f"p{i}": random_text(random, 40 + 37 * i, AMINO_ACIDS) for i in range(25)}
    queries = {
        "near": changed(random, targets["p9"], 0.1, AMINO_ACIDS),
        "far": changed(random, targets["p20"][100:400], 0.5, AMINO_ACIDS),
        "odd": targets["p4"][:60] + "BZX*UOJ" + targets["p4"][60:90],
        "tiny": "WWHW",
    }
    domain = changed(random, targets["p20"][150:350], 0.2, AMINO_ACIDS)
    titin = random_text(random, 41_000, AMINO_ACIDS)
    targets["titin"] = titin[:30_000] + domain + titin[30_000:]
    inputs = SearchInputs(folder, queries, targets, "protein")
    read_as = str.maketrans({"U": "C", "O": "X", "J": "X"})
    inputs.queries = {name: text.translate(read_as) for name, text in queries.items()}
    return inputs
