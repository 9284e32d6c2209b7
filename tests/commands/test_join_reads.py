"""join_reads as a command: pieces of genomes, ranks, unusual sets of reads, errors."""

import gzip
import json

import numpy as np
import pytest

import join_reads
from readkin.formats.fasta import decode, read_fasta
from readkin.formats.pieces import read_pieces
from readkin.formats.reads import load_reads, reads_fingerprint
from support.naive_kmers import reverse_complement
from support.piece_inputs import mates_of, random_genome, write_piece_inputs
from support.repository import SCRIPTS
from support.same_content import differing_files

COMMAND = SCRIPTS / "join_reads.py"
GENOMES = [random_genome(6000, seed) for seed in (1, 2)]
READS = [mates_of(genome, 12, seed) for seed, genome in enumerate(GENOMES)]


def joined(folder, reads, paired=False, **changes):
    """Run all stages up to join_reads; return pieces and counts."""
    inputs = write_piece_inputs(folder, reads, paired)
    assert join_reads.main(inputs.arguments(**changes)) == 0
    return contents(inputs)


def contents(inputs):
    """Return pieces and counts, which must agree with each other."""
    pieces = read_pieces(inputs.outputs[0])
    counts = json.loads(inputs.outputs[3].read_text())
    (reads, pairs), details = counts["flows"], counts["details"]
    n_reads = pieces.piece.size
    assert reads == {"what": "reads", "in": n_reads, "out": n_reads, "dropped": {}}
    assert pairs["what"] == "kin pairs"
    assert min(pairs["dropped"].values()) >= 0
    _, *between = pairs["dropped"].values()
    assert sum(between) == pieces.contact_alignments.sum()
    assert details["pieces"] == len(pieces)
    assert (pieces.n_reads > 0).all()
    assert (np.diff(pieces.n_reads) <= 0).all()
    long = pieces.span >= join_reads.MIN_SEQUENCE_BP
    fasta = gzip.decompress(inputs.outputs[1].read_bytes())
    assert details["sequences"] == long.sum() == fasta.count(b">")
    return pieces, counts


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Two genomes at 12x, joined by one process."""
    inputs = write_piece_inputs(tmp_path_factory.mktemp("pieces"), READS[0] + READS[1], paired=True)
    assert join_reads.main(inputs.arguments()) == 0
    return inputs


def test_each_piece_is_a_stretch_of_one_genome(inputs):
    pieces, counts = contents(inputs)
    reads = load_reads([inputs.folder / "reads.bam"])
    assert pieces.reads_fingerprint == reads_fingerprint(reads)
    genome = np.repeat([0, 1], list(map(len, READS)))
    for piece in range(len(pieces)):
        assert len(set(genome[pieces.piece == piece])) == 1
    assert pieces.n_reads[:2].sum() > 0.8 * len(reads)
    for piece in np.flatnonzero(pieces.span >= 500):
        bounds = pieces.consensus_offsets[piece : piece + 2]
        sequence = decode(pieces.consensus[slice(*bounds)])
        source = GENOMES[genome[np.argmax(pieces.piece == piece)]]
        source += "N" + reverse_complement(source)
        within = [sequence[i : i + 30] in source for i in range(0, len(sequence) - 30, 10)]
        assert np.mean(within) > 0.97  # mates place two parts within some bases only
    assert counts["flows"][1]["out"] > 0
    assert counts["details"]["fragment length, bp"] == pytest.approx(300, rel=0.1)


def test_reads_lie_where_the_consensus_has_their_bases(inputs):
    pieces, _ = contents(inputs)
    reads = load_reads([inputs.folder / "reads.bam"])
    equal = []
    for i in np.flatnonzero(pieces.position >= 0):
        text = decode(reads.bases[reads.offsets[i] : reads.offsets[i + 1]])
        text = text if pieces.is_forward[i] else reverse_complement(text)
        first = pieces.consensus_offsets[pieces.piece[i]] + pieces.position[i]
        below = decode(pieces.consensus[first : first + len(text)])
        equal += [a == b for a, b in zip(text, below, strict=True)]
    assert np.mean(equal) > 0.99


def test_sequences_and_graph_show_the_same_pieces(inputs):
    pieces, counts = contents(inputs)
    _, fasta, gfa, _ = inputs.outputs
    records = {record.name: decode(record.bases) for record in read_fasta(fasta)}
    lines = [line.split("\t") for line in gfa.read_text().splitlines()]
    assert {line[1]: line[2] for line in lines if line[0] == "S"} == records
    assert sum(line[0] == "L" for line in lines) == counts["details"]["links between sequences"]
    header = gzip.decompress(fasta.read_bytes()).split(b"\n")[0].decode()
    depth = pieces.depth[0]
    assert header == f">piece_0 reads={pieces.n_reads[0]} depth={depth:.2f} shared=no"


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_any_number_of_ranks_gives_the_same_content(inputs, tmp_path, run_ranks, ranks):
    names = ("pieces", "fasta", "gfa", "counts")
    others = {name: tmp_path / path.name for name, path in zip(names, inputs.outputs, strict=True)}
    memory = tmp_path / "memory.json"
    arguments = inputs.arguments(ranks=ranks, memory_used=memory, **others)
    done = run_ranks(ranks, COMMAND, *arguments)
    assert done.returncode == 0, done.stderr
    assert json.loads(memory.read_text())["peak_mb_by_node"][0] > 0
    memory.unlink()
    first = tmp_path / "first"
    first.mkdir()
    for path in inputs.outputs:
        (first / path.name).write_bytes(path.read_bytes())
    second = tmp_path / "second"
    second.mkdir()
    for path in others.values():
        path.rename(second / path.name)
    assert differing_files(first, second) == []
    for name in ("pieces.fasta.gz", "pieces.gfa"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_reads_without_kin_are_pieces_of_their_own(tmp_path):
    reads = [random_genome(100, seed) for seed in range(10, 16)]
    pieces, counts = joined(tmp_path, reads)
    assert pieces.piece.tolist() == list(range(6))
    assert pieces.position.tolist() == [0] * 6
    assert pieces.span.tolist() == [100] * 6
    assert counts["details"]["N50, reads"] == 1
    text = decode(pieces.consensus)
    for i, is_forward in enumerate(pieces.is_forward):
        sequence = text[100 * i : 100 * i + 100]
        assert (sequence if is_forward else reverse_complement(sequence)) == reads[i]


def test_mates_without_kin_are_pieces_of_two_with_unknown_bases_between(tmp_path):
    pieces, _ = joined(tmp_path, [random_genome(100, seed) for seed in range(4)], paired=True)
    assert pieces.piece.tolist() == [0, 0, 1, 1]
    assert (pieces.is_forward[0::2] != pieces.is_forward[1::2]).all()
    assert (pieces.consensus == 4).sum() == pieces.span.sum() - 400 > 0


@pytest.mark.parametrize("n_reads", [0, 1])
def test_hardly_any_reads(tmp_path, n_reads):
    pieces, counts = joined(tmp_path, [random_genome(100, 3)] * n_reads)
    assert len(pieces) == n_reads
    assert counts["flows"][1]["in"] == 0


def test_single_end_reads_are_joined_by_overlaps(tmp_path):
    pieces, counts = joined(tmp_path, READS[0])
    assert pieces.link_a.size == 0
    assert pieces.n_reads.max() > 0.3 * len(READS[0])
    assert counts["details"]["bundles of mates that join nothing"] == 0


def test_copies_are_where_their_original_is(tmp_path):
    reads = [GENOMES[0][:100]] * 40 + [reverse_complement(GENOMES[0][:100])] * 40
    pieces, _ = joined(tmp_path, reads)
    assert len(pieces) == 1
    assert pieces.span.tolist() == [100]
    assert pieces.bases.tolist() == [8000]
    assert pieces.is_forward[:40].sum() in (0, 40)
    assert (pieces.is_forward[:40] != pieces.is_forward[40:]).all()


def test_long_reads_are_joined(tmp_path):
    genome = random_genome(30_000, 5)
    reads = [genome[start : start + 6000] for start in range(0, 24_001, 1500)]
    reads = [reverse_complement(read) if i % 2 else read for i, read in enumerate(reads)]
    pieces, _ = joined(tmp_path, reads)
    assert len(pieces) == 1
    assert pieces.span.tolist() == [30_000]
    assert decode(pieces.consensus) in (genome, reverse_complement(genome))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_evidence": -1}, "--max-evidence: found '-1', expected a number of at least 0"),
        ({"max_evidence": "inf"}, "--max-evidence: found 'inf', expected a number of at least 0"),
        ({"min_overlap_bp": 0}, "--min-overlap-bp: found 0, expected at least 1"),
        ({"alignments": "nowhere"}, "nowhere: no such folder"),
    ],
)
def test_wrong_arguments_are_reported(inputs, capsys, change, message):
    with pytest.raises(SystemExit) as stopped:
        join_reads.main(inputs.arguments(**change))
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("other", ["pairs", "alignments"])
def test_files_of_other_reads_stop_all_ranks_with_one_message(inputs, tmp_path, run_ranks, other):
    foreign = write_piece_inputs(tmp_path, READS[0][:20], paired=True)
    name = {"pairs": "pairs.h5", "alignments": "alignments"}[other]
    outputs = {"pieces": tmp_path / "p.h5", "fasta": tmp_path / "f.gz", "gfa": tmp_path / "g.gfa"}
    arguments = inputs.arguments(ranks=2, **{other: foreign.folder / name}, **outputs)
    done = run_ranks(2, COMMAND, *arguments)
    assert done.returncode == 1
    key = {"pairs": "n_reads", "alignments": "reads_fingerprint"}[other]
    assert done.stderr.count(f"join_reads: {foreign.folder / name}:{key}: found ") == 1
    assert "Traceback" not in done.stderr
    assert not any(path.exists() for path in outputs.values())


@pytest.mark.parametrize("damaged", ["pairs.h5", "alignments/part-000000.parquet", "reads.bam"])
def test_damaged_files_are_refused(inputs, tmp_path, capsys, damaged):
    content = (inputs.folder / damaged).read_bytes()
    (tmp_path / damaged).parent.mkdir(exist_ok=True)
    (tmp_path / damaged).write_bytes(content[: len(content) // 2])
    name = damaged.split("/")[0]
    option = {"pairs.h5": "pairs", "alignments": "alignments", "reads.bam": "bam"}[name]
    change = {option: tmp_path / name, "pieces": tmp_path / "p.h5"}
    assert join_reads.main(inputs.arguments(**change)) == 1
    assert f"join_reads: {tmp_path / damaged}" in capsys.readouterr().err
    assert not (tmp_path / "p.h5").exists()
