"""align_pairs as a command: content, thresholds, ranks, resuming, errors."""

import gzip
import json
import signal
import subprocess
import sys
import time

import numpy as np
import parasail
import pysam
import pytest

import align_pairs
from readkin.align import tiles as tile_alignment
from readkin.formats.alignment_parts import read_alignments
from readkin.formats.reads import load_reads
from readkin.kernels.smith_waterman import alignment as smith_waterman
from support.alignment_inputs import write_alignment_inputs
from support.repository import SCRIPTS

COMMAND = SCRIPTS / "align_pairs.py"


@pytest.fixture
def inputs(tmp_path):
    return write_alignment_inputs(tmp_path)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The same input, aligned in one go by one process."""
    inputs = write_alignment_inputs(tmp_path_factory.mktemp("finished"))
    assert align_pairs.main(inputs.arguments()) == 0
    return inputs


def contents(inputs):
    """Table, PAF and counts that a run has written."""
    parquet, paf, counts = inputs.outputs
    text = gzip.decompress(paf.read_bytes())
    return read_alignments(parquet), text, json.loads(counts.read_text())


def assert_same_contents(inputs, other):
    for left, right in zip(contents(inputs), contents(other), strict=True):
        assert left == right


@pytest.fixture
def tiles_aligned(monkeypatch):
    """Number of pairs of every tile that is aligned from here on in this process."""
    sizes = []

    def counted(pairs, *others):
        sizes.append(pairs.index_a.size)
        return smith_waterman.align_pairs(pairs, *others)

    monkeypatch.setattr(tile_alignment, "align_pairs", counted)
    return sizes


def test_rows_agree_with_parasail_and_the_thresholds(finished):
    with pysam.AlignmentFile(str(finished.bam), check_sq=False) as bam:
        sequences = [segment.query_sequence for segment in bam]
    table, paf, counts = contents(finished)
    flow = counts["flows"][0]
    rows = table.to_pylist()
    matrix = parasail.matrix_create("ACGTN", 2, -3)
    matrix[4, 4] = -3
    turn = str.maketrans("ACGTN", "TGCAN")
    for row in rows:
        target = sequences[row["read_b"]]
        if row["strand"] == "-":
            target = target.translate(turn)[::-1]
        peer = parasail.sw(sequences[row["read_a"]], target, 5, 2, matrix)
        assert row["score"] == peer.score >= 60
        assert row["identity"] >= np.float32(0.9)
        assert row["alignment_length"] >= 40
    names = [f"pair{row['read_a'] // 2}/{row['read_a'] % 2 + 1}" for row in rows]
    assert [line.split("\t")[0] for line in paf.decode().splitlines()] == names
    keys = [(row["read_a"], row["read_b"]) for row in rows]
    assert keys == sorted(set(keys))
    assert {row["strand"] for row in rows} == {"+", "-"}
    assert (flow["what"], flow["in"], flow["out"]) == ("pairs", finished.n_pairs, len(rows))
    assert len(rows) > finished.n_pairs // 2
    assert counts["details"]["cells"] == finished.n_pairs * 150 * 150
    assert counts["details"]["tiles"] > 10
    assert not (finished.folder / "partial").exists()


def test_each_pair_is_dropped_for_the_first_reason_that_applies(inputs, finished):
    loose = {"min_score": 1, "min_identity": 0, "min_overlap_bp": 1}
    assert align_pairs.main(inputs.arguments(**loose)) == 0
    table, _, counts = contents(inputs)
    assert len(table) == inputs.n_pairs
    assert set(counts["flows"][0]["dropped"].values()) == {0}
    score, identity, length = (
        table[name].to_numpy() for name in ("score", "identity", "alignment_length")
    )
    strict = {"min_score": 100, "min_identity": 0.98, "min_overlap_bp": 90}
    assert align_pairs.main(inputs.arguments(**strict)) == 0
    kept, _, counts = contents(inputs)
    is_low = score < 100
    is_unlike = ~is_low & (identity < np.float32(0.98))
    is_short = ~is_low & ~is_unlike & (length < 90)
    assert counts["flows"][0]["dropped"] == {
        "score below min_score": is_low.sum(),
        "identity below min_identity": is_unlike.sum(),
        "overlap below min_overlap_bp": is_short.sum(),
        "overlap outside of low complexity below min_overlap_bp": 0,
    }
    assert min(is_low.sum(), is_unlike.sum(), is_short.sum()) > 0
    assert kept == table.filter(~(is_low | is_unlike | is_short))


@pytest.mark.parametrize("ranks", [2, 3])
def test_any_number_of_ranks_gives_the_same_content(inputs, finished, run_ranks, ranks):
    done = run_ranks(ranks, COMMAND, *inputs.arguments(ranks=ranks))
    assert done.returncode == 0, done.stderr
    assert_same_contents(inputs, finished)


def test_the_size_of_the_tiles_changes_no_row(inputs, finished):
    assert align_pairs.main(inputs.arguments(tile_megacells=5)) == 0
    assert contents(inputs)[:2] == contents(finished)[:2]


def test_a_failed_run_leaves_its_tiles_and_the_next_one_does_only_the_rest(
    inputs, finished, monkeypatch, tiles_aligned
):
    aligned = tile_alignment.align_pairs

    def fails_at_the_fourth(*arguments):
        if len(tiles_aligned) == 3:
            raise RuntimeError("node lost")
        return aligned(*arguments)

    monkeypatch.setattr(tile_alignment, "align_pairs", fails_at_the_fourth)
    with pytest.raises(RuntimeError, match="node lost"):
        align_pairs.main(inputs.arguments())
    assert not any(path.exists() for path in inputs.outputs)
    first = list(tiles_aligned)
    assert len(first) == 3
    monkeypatch.setattr(tile_alignment, "align_pairs", aligned)
    assert align_pairs.main(inputs.arguments()) == 0
    assert sum(tiles_aligned) == inputs.n_pairs
    assert_same_contents(inputs, finished)


def test_tiles_of_other_settings_are_not_used(inputs, monkeypatch, tiles_aligned):
    monkeypatch.setattr(align_pairs, "publish", lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        align_pairs.main(inputs.arguments())
    monkeypatch.undo()
    assert len(list((inputs.folder / "partial").glob("*/part-*.parquet"))) == len(tiles_aligned)
    other = {"min_score": 100}
    assert align_pairs.main(inputs.arguments(**other)) == 0
    assert contents(inputs)[0]["score"].to_numpy().min() >= 100
    assert not (inputs.folder / "partial").exists()


def test_a_killed_run_leaves_no_output_and_is_resumed(tmp_path, tiles_aligned):
    inputs = write_alignment_inputs(tmp_path, n_reads=24, length=3000)
    command = [sys.executable, str(COMMAND), *inputs.arguments()]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and len(tiles(inputs)) < 2:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    finished_tiles = len(tiles(inputs))
    assert finished_tiles >= 2
    assert not any(path.exists() for path in inputs.outputs)
    assert align_pairs.main(inputs.arguments()) == 0
    assert len(tiles_aligned) == inputs.n_pairs - finished_tiles  # a pair fills a tile
    assert contents(inputs)[2]["details"]["tiles"] == inputs.n_pairs


def tiles(inputs):
    return list((inputs.folder / "partial").glob("*/part-*.parquet"))


def test_no_pairs_at_all(tmp_path):
    inputs = write_alignment_inputs(tmp_path, n_reads=0)
    assert align_pairs.main(inputs.arguments()) == 0
    table, _, counts = contents(inputs)
    assert len(table) == 0
    assert (counts["flows"][0]["in"], counts["details"]["tiles"]) == (0, 1)


def test_damaged_pairs_stop_all_ranks_with_one_message(inputs, run_ranks):
    pairs = inputs.folder / "pairs.h5"
    pairs.write_bytes(pairs.read_bytes()[:1000])
    done = run_ranks(2, COMMAND, *inputs.arguments(ranks=2))
    assert done.returncode == 1
    assert done.stderr.count(f"align_pairs: {pairs}: found ") == 1
    assert "Traceback" not in done.stderr
    assert not any(path.exists() for path in inputs.outputs)


def test_foreign_reads_stop_all_ranks_with_one_message(inputs, tmp_path, run_ranks):
    other = tmp_path / "other"
    other.mkdir()
    foreign = write_alignment_inputs(other, seed=6)
    done = run_ranks(2, COMMAND, *inputs.arguments(embeddings=foreign.embeddings, ranks=2))
    assert done.returncode == 1
    message = f"align_pairs: {inputs.folder}/pairs.h5:reads_fingerprint: found "
    assert done.stderr.count(message) == 1
    assert not any(path.exists() for path in inputs.outputs)


def test_names_of_foreign_reads_are_refused(inputs, tmp_path, capsys):
    other = tmp_path / "other"
    other.mkdir()
    names = write_alignment_inputs(other, seed=6).folder / "reads.parquet"
    assert align_pairs.main(inputs.arguments(reads=names)) == 1
    assert f"align_pairs: {names}:reads_fingerprint: found " in capsys.readouterr().err


def test_names_are_needed_for_paf_only(inputs, finished, capsys):
    words = [word for word in inputs.arguments() if not word.startswith("--reads=")]
    with pytest.raises(SystemExit):
        align_pairs.main(words)
    assert "--paf: needs --reads, for the names of the reads" in capsys.readouterr().err
    (inputs.folder / "reads.parquet").unlink()
    assert align_pairs.main([word for word in words if not word.startswith("--paf=")]) == 0
    assert read_alignments(inputs.outputs[0]) == contents(finished)[0]
    assert not inputs.outputs[1].exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gap_extend": 6}, "gap_extend: found 6, expected 1 to 5"),
        ({"match": 0}, "match: found 0, expected 1 to 127"),
        ({"min_identity": 1.5}, "--min-identity: found '1.5', expected a number from 0 to 1"),
        ({"pairs": "nowhere.h5"}, "nowhere.h5: no such file"),
    ],
)
def test_wrong_arguments_are_told(inputs, capsys, change, message):
    with pytest.raises(SystemExit) as stopped:
        align_pairs.main(inputs.arguments(**change))
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_long_reads_are_aligned_along_their_overlap(tmp_path):
    """Their matrices are not filled, and each score is the best or has a bound above it."""
    inputs = write_alignment_inputs(tmp_path, n_reads=12, length=5000)
    assert tile_alignment.WHOLE_CELLS < 5000**2
    assert align_pairs.main(inputs.arguments()) == 0
    table, paf, counts = contents(inputs)
    assert len(table) > inputs.n_pairs // 2
    assert counts["details"]["cells"] < inputs.n_pairs * 5000**2 / 20
    score, bound = table["score"].to_numpy(), table["score_bound"].to_numpy()
    assert (score <= bound).all()
    assert 0 < (score == bound).sum() < len(table)
    assert paf.count(b"\tub:i:") == (score < bound).sum()
    reads = load_reads([inputs.bam])
    sequences = smith_waterman.Sequences(reads.bases, reads.offsets)
    pairs = smith_waterman.Pairs.of(
        sequences,
        sequences,
        table["read_a"].to_numpy().astype(np.int64),
        table["read_b"].to_numpy().astype(np.int64),
        (table["strand"].to_numpy() == "-").astype(np.uint8),
    )
    scoring = smith_waterman.dna_scoring(2, -3, 5, 2)
    assert score.tolist() == smith_waterman.score_pairs(pairs, scoring).tolist()


def test_short_reads_have_proven_scores(finished):
    table = contents(finished)[0]
    assert table["score"] == table["score_bound"]
