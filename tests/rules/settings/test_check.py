"""Every mistake in a config file, with position and message."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from rules.settings.check import CheckedConfig, check_config
from rules.settings.schema import load_schema, with_defaults
from support.config_leaves import leaves


def check(folder: Path, text: str, overrides: dict[str, Any] | None = None) -> CheckedConfig:
    """Check ``text`` as config.yaml; ``overrides`` are top-level keys given by --config."""
    (folder / "config.yaml").write_text(text)
    return check_config(yaml.safe_load(text) | (overrides or {}), [Path("config.yaml")], folder)


def messages(folder: Path, text: str, overrides: dict[str, Any] | None = None) -> list[str]:
    return [str(mistake) for mistake in check(folder, text, overrides).mistakes]


RANGES = "expected a whole number from 0 to 60; "
KEYS_OF_TRIM = "adapter_1, adapter_2, min_quality, min_length_bp, max_n_fraction or poly_g"
TOP_KEYS = (
    "samples, reference, truth, expected_error_rate, mask_low_complexity, results_uri, trim, "
    "long_reads, embed, pairs, align, pieces, cluster, search, compare, report or storage"
)
KEYS_OF_SEARCH = (
    "query, database, alphabet, exhaustive, min_votes, top_n, max_evalue, dna or protein"
)
YES_AND_NO = "write a number (yes, no, on and off mean true and false)"

ONE_MISTAKE = {
    "too large": (
        "trim:\n  min_quality: 61\n",
        f"config.yaml:2: trim.min_quality: found 61, {RANGES}"
        "choose a value in that range; the default is 20",
    ),
    "negative": (
        "# first\n\ntrim: {min_quality: -1}\n",
        f"config.yaml:3: trim.min_quality: found -1, {RANGES}"
        "choose a value in that range; the default is 20",
    ),
    "broken number": (
        "trim:\n  min_quality: 2.5\n",
        f"config.yaml:2: trim.min_quality: found 2.5, {RANGES}"
        "choose a value in that range; the default is 20",
    ),
    "word for a number": (
        "trim:\n  min_quality: high\n",
        f'config.yaml:2: trim.min_quality: found "high", {RANGES}write a number; the default is 20',
    ),
    "yes for a number": (
        "trim:\n  min_quality: yes\n",
        f"config.yaml:2: trim.min_quality: found true, {RANGES}{YES_AND_NO}",
    ),
    "no value": (
        "trim:\n  min_quality:\n",
        f"config.yaml:2: trim.min_quality: found nothing (null), {RANGES}"
        "write a value, or delete the line for the default 20",
    ),
    "list": (
        "trim:\n  min_quality: [20]\n",
        f"config.yaml:2: trim.min_quality: found a list, {RANGES}write one value",
    ),
    "section": (
        "trim:\n  min_quality:\n    read_1: 20\n",
        f"config.yaml:2: trim.min_quality: found a section, {RANGES}write one value",
    ),
    "endless number": (
        f"trim:\n  min_quality: '{'9' * 5000}'\n",
        f'config.yaml:2: trim.min_quality: found "inf", {RANGES}write a number; the default is 20',
    ),
    "not a number": (
        "align:\n  min_identity: .nan\n",
        'config.yaml:2: align.min_identity: found "nan", expected a number from 0 to 1; '
        "write a number; the default is null",
    ),
    "zero where it must be above": (
        "embed:\n  key_fraction: 0\n",
        "config.yaml:2: embed.key_fraction: found 0.0, expected a number above 0 and at most 1; "
        "choose a value in that range; the default is null",
    ),
    "positive mismatch": (
        "align:\n  mismatch: 3\n",
        "config.yaml:2: align.mismatch: found 3, expected a whole number from -100 to -1; "
        "choose a value in that range; the default is -3",
    ),
    "number for true": (
        "cluster:\n  join_mates: 1\n",
        "config.yaml:2: cluster.join_mates: found 1, expected true or false; write true or false",
    ),
    "unknown method": (
        "embed:\n  method: count_skech\n",
        'config.yaml:2: embed.method: found "count_skech", expected one of count_sketch, '
        "tetranucleotide, lshvec or hf; did you mean `count_sketch`?",
    ),
    "small letters": (
        "trim:\n  adapter_1: agatcggaagagc\n",
        'config.yaml:2: trim.adapter_1: found "agatcggaagagc", expected text of upper-case bases '
        "A C G T or IUPAC codes, not only N, 3 to 200 characters; write AGATCGGAAGAGC",
    ),
    "date for text": (
        "report:\n  title: 2026-11-21\n",
        "config.yaml:2: report.title: found 2026-11-21, expected text of one line, 1 to 120 "
        'characters; write it in quotes: "2026-11-21"',
    ),
    "no for text": (
        "report:\n  title: no\n",
        "config.yaml:2: report.title: found false, expected text of one line, 1 to 120 characters;"
        ' write it in quotes: "False" (without quotes yes, no, on and off mean true and false)',
    ),
    "value for a section": (
        "trim: 20\n",
        "config.yaml:1: trim: found 20, expected a section with the keys adapter_1, adapter_2, "
        "min_quality, min_length_bp, max_n_fraction and poly_g; write its keys on the lines below, "
        "indented by two spaces",
    ),
    "misspelt key": (
        "trim:\n  min_qualty: 20\n",
        "config.yaml:2: trim.min_qualty: found an unknown key, expected one of the keys "
        f"{KEYS_OF_TRIM}; did you mean `min_quality`?",
    ),
    "word of no export": (
        "cluster: {export: fasta}\n",
        'config.yaml:1: cluster.export: found "fasta", expected one of fastq, bam or null; '
        "did you mean `fastq`?",
    ),
    "unknown assembler": (
        "cluster: {assemble: velvet}\n",
        'config.yaml:1: cluster.assemble: found "velvet", expected one of megahit, spades or null; '
        "the default is null",
    ),
    "misspelt section": (
        "triming:\n  min_quality: 20\n",
        f"config.yaml:1: triming: found an unknown key, expected one of the keys {TOP_KEYS}; "
        "did you mean `trim`?",
    ),
    "key outside its section": (
        "min_quality: 20\n",
        f"config.yaml:1: min_quality: found an unknown key, expected one of the keys {TOP_KEYS}; "
        "write it indented below `trim:`",
    ),
    "key outside its sections": (
        "min_identity: 0.9\n",
        f"config.yaml:1: min_identity: found an unknown key, expected one of the keys {TOP_KEYS}; "
        "write it indented below `align:` or `cluster:`",
    ),
    "key in a section though it has none": (
        "trim:\n  reference: x.fa\n",
        "config.yaml:2: trim.reference: found an unknown key, expected one of the keys "
        f"{KEYS_OF_TRIM}; write it without indentation, as it belongs to no section",
    ),
    "key outside its inner section": (
        "search:\n  matrix: PAM30\n",
        "config.yaml:2: search.matrix: found an unknown key, expected one of the keys "
        f"{KEYS_OF_SEARCH}; write it indented below `protein:`",
    ),
    "key of both inner sections": (
        "search:\n  gap_extend: 1\n",
        "config.yaml:2: search.gap_extend: found an unknown key, expected one of the keys "
        f"{KEYS_OF_SEARCH}; write it indented below `dna:` or `protein:`",
    ),
    "key of an inner section": (
        "search:\n  dna:\n    mach: 1\n",
        "config.yaml:3: search.dna.mach: found an unknown key, expected one of the keys "
        "match, mismatch, gap_open or gap_extend; did you mean `match`?",
    ),
    "small letters of a matrix": (
        "search: {protein: {matrix: blosum45}}\n",
        'config.yaml:1: search.protein.matrix: found "blosum45", expected one of BLOSUM45, '
        "BLOSUM50, BLOSUM62, BLOSUM80, BLOSUM90, PAM250, PAM30 or PAM70; "
        "did you mean `BLOSUM45`?",
    ),
    "dotted key of an inner section": (
        "search:\n  dna.match: 1\n",
        "config.yaml:2: search.dna.match: found an unknown key, expected one of the keys "
        f"{KEYS_OF_SEARCH}; write `match` indented below `dna:`",
    ),
    "dotted key": (
        "trim.min_quality: 20\n",
        "config.yaml:1: trim.min_quality: found an unknown key, expected one of the keys "
        f"{TOP_KEYS}; write `min_quality` indented below `trim:`",
    ),
    "threads": (
        "threads: 20\n",
        f"config.yaml:1: threads: found an unknown key, expected one of the keys {TOP_KEYS}; "
        "delete it: threads, memory and partitions belong to the profile",
    ),
    "paths of output": (
        "pathvars:\n  results: elsewhere\n",
        f"config.yaml:1: pathvars: found an unknown key, expected one of the keys {TOP_KEYS}; "
        "delete it: the folders of output are fixed",
    ),
    "key that is a number": (
        "trim:\n  7: 20\n",
        "config.yaml:2: trim.7: found an unknown key, expected one of the keys "
        f"{KEYS_OF_TRIM}; delete it or correct its name",
    ),
}


@pytest.mark.parametrize(("text", "message"), ONE_MISTAKE.values(), ids=ONE_MISTAKE)
def test_one_mistake(tmp_path: Path, text: str, message: str):
    assert messages(tmp_path, text) == [message]


VIOLATIONS = {
    "k longer than the reads": (
        "trim:\n  min_length_bp: 10\nembed: {k: 11, key_k: 10}\n",
        "config.yaml:3: embed.k: found 11 with trim.min_length_bp 10 (config.yaml:2), expected at "
        "most the length of the shortest read kept; lower embed.k or raise trim.min_length_bp",
    ),
    "key_k by default longer than the reads": (
        "trim:\n  min_length_bp: 12\n",
        "config.yaml:2: embed.key_k: found 16 with trim.min_length_bp 12 (config.yaml:2), "
        "expected at most the length of the shortest read kept; "
        "lower embed.key_k or raise trim.min_length_bp",
    ),
    "gaps cheaper to open": (
        "align:\n  gap_extend: 6\n  gap_open: 5\n",
        "config.yaml:3: align.gap_open: found 5 with align.gap_extend 6 (config.yaml:2), expected "
        "at least align.gap_extend, as opening a gap costs no less than extending it; "
        "raise align.gap_open or lower align.gap_extend",
    ),
    "score out of reach": (
        "align:\n  min_score: 81\n",
        "config.yaml:2: align.min_score: found 81 with align.match 2 (default) and "
        "align.min_overlap_bp 40 (default), expected at most align.match x align.min_overlap_bp, "
        "the best score of such an overlap; "
        "lower align.min_score or raise align.min_overlap_bp",
    ),
    "clusters laxer than alignments": (
        "align: {min_identity: 0.98}\ncluster: {method: connected_components}\n",
        "config.yaml:1: cluster.min_identity: found 0.97 with align.min_identity 0.98 "
        "(config.yaml:1), expected at least align.min_identity, as alignments below that are "
        "already dropped; raise cluster.min_identity or lower align.min_identity",
    ),
    "shorter overlaps in clusters": (
        "cluster: {method: connected_components, min_overlap_bp: 39}\n",
        "config.yaml:1: cluster.min_overlap_bp: found 39 with align.min_overlap_bp 40 (default), "
        "expected at least align.min_overlap_bp, as alignments below that are already dropped; "
        "raise cluster.min_overlap_bp or lower align.min_overlap_bp",
    ),
    "shorter overlaps in pieces": (
        "align: {min_overlap_bp: 41}\npieces: {min_overlap_bp: 40}\n",
        "config.yaml:2: pieces.min_overlap_bp: found 40 with align.min_overlap_bp 41 "
        "(config.yaml:1), expected at least align.min_overlap_bp, as alignments below that are "
        "already dropped; raise pieces.min_overlap_bp or lower align.min_overlap_bp",
    ),
    "graph of components": (
        "cluster: {method: connected_components, graph: 1}\n",
        'config.yaml:1: cluster.graph: found 1 with cluster.method "connected_components" '
        "(config.yaml:1), expected method genomes, whose clusters consist of pieces; "
        "write cluster.method: genomes or cluster.graph: null",
    ),
    "names of components": (
        "cluster: {method: connected_components, names: g.fa}\n",
        'config.yaml:1: cluster.names: found "g.fa" with cluster.method "connected_components" '
        "(config.yaml:1), expected method genomes, whose clusters consist of pieces that a search "
        "can name; write cluster.method: genomes or cluster.names: null",
    ),
    "kin not true": (
        "truth: t.tsv.gz\ncompare:\n  min_true_overlap_bp: 76\n",
        "config.yaml:3: compare.min_kin_overlap_bp: found 75 with compare.min_true_overlap_bp 76 "
        "(config.yaml:3), expected at least compare.min_true_overlap_bp, so that a kin pair "
        "counts as true if found; "
        "raise compare.min_kin_overlap_bp or lower compare.min_true_overlap_bp",
    ),
    "kin never kept": (
        "truth: t.tsv.gz\ncompare:\n  min_kin_overlap_bp: 39\n",
        "config.yaml:3: compare.min_kin_overlap_bp: found 39 with align.min_overlap_bp 40 "
        "(default), expected at least align.min_overlap_bp, as shorter overlaps are dropped; "
        "raise compare.min_kin_overlap_bp or lower align.min_overlap_bp",
    ),
    "proteins among reads": (
        "search: {query: q.fa, alphabet: protein}\n",
        'config.yaml:1: search.database: found "reads" with search.alphabet "protein" '
        "(config.yaml:1), expected a FASTA file of proteins, as the reads are DNA; "
        "write the path of a database, or search.alphabet: dna",
    ),
    "scores of bases without statistics": (
        "search:\n  query: q.fa\n  dna:\n    mismatch: -9\n",
        "config.yaml:4: search.dna.match: found 2 with search.dna.mismatch -9 (config.yaml:4), "
        "expected match/mismatch 1/-5, 1/-4, 2/-7, 1/-3, 2/-5, 1/-2, 2/-3, 3/-4, 4/-5, 1/-1, 3/-2 "
        "or 5/-4, for which E-values are known; choose one of these pairs",
    ),
    "gaps in DNA without statistics": (
        "search:\n  query: q.fa\n  dna:\n    gap_open: 20\n",
        "config.yaml:4: search.dna.gap_open: found 20 with search.dna.gap_extend 2 (default), "
        "search.dna.match 2 (default) and search.dna.mismatch -3 (default), expected "
        "gap_open/gap_extend 8/4, 6/4, 4/4, 6/3, 8/2, 7/2, 6/2 or 4/2, for which E-values are "
        "known; choose one of these pairs",
    ),
    "gaps in proteins without statistics": (
        "search:\n  query: q.fa\n  protein: {matrix: PAM30, gap_open: 99}\n",
        "config.yaml:3: search.protein.gap_open: found 99 with search.protein.gap_extend 1 "
        '(default) and search.protein.matrix "PAM30" (config.yaml:3), expected '
        "gap_open/gap_extend 9/2, 8/2, 7/2, 11/1, 10/1, 9/1, 18/3, 16/2, 15/1 or 16/3, for which "
        "E-values are known; choose one of these pairs",
    ),
}


@pytest.mark.parametrize(("text", "message"), VIOLATIONS.values(), ids=VIOLATIONS)
def test_settings_that_do_not_fit(tmp_path: Path, text: str, message: str):
    assert messages(tmp_path, text) == [message]


JUST_FITS = {
    "k as long as the reads": "trim: {min_length_bp: 31}\nembed: {k: 31, key_k: 31}\n",
    "linear gaps": "align: {gap_open: 2, gap_extend: 2}\n",
    "score just in reach": "align: {min_score: 80}\n",
    "equal identities": ("align: {min_identity: 0.97}\ncluster: {method: connected_components}\n"),
    "identity of components, but another method": "align: {min_identity: 0.98}\n",
    "overlap of pieces, but components": (
        "pieces: {min_overlap_bp: 30}\ncluster: {method: connected_components}\n"
    ),
    "proteins, but no search": "search: {alphabet: protein}\n",
    "scores without statistics, but no search": "search: {dna: {match: 50}}\n",
    "proteins in a file": "search: {query: q.fa, database: d.fa, alphabet: protein}\n",
    "blastn's other scores": (
        "search: {query: q.fa, dna: {match: 1, mismatch: -2, gap_open: 2, gap_extend: 2}}\n"
    ),
    "compare without truth": "compare: {min_kin_overlap_bp: 1}\n",
}


@pytest.mark.parametrize("text", JUST_FITS.values(), ids=JUST_FITS)
def test_settings_that_just_fit(tmp_path: Path, text: str):
    assert messages(tmp_path, text) == []


def test_relations_are_checked_between_valid_values_only(tmp_path: Path):
    found = messages(tmp_path, "trim: {min_length_bp: 0}\nembed: {k: 11}\n")
    assert [message.partition(":")[2][:22] for message in found] == ["1: trim.min_length_bp:"]


def test_a_wrong_error_rate_alone_is_reported(tmp_path: Path):
    found = messages(tmp_path, "expected_error_rate: null\n")
    assert [message.partition(":")[2][:24] for message in found] == ["1: expected_error_rate: "]


def test_all_mistakes_at_once(tmp_path: Path):
    text = "trim:\n  min_qualty: 3\n  max_n_fraction: 2\nembed:\n  k: 99\nalign:\n  gap_open: 1\n"
    positions = [(m.line, m.key) for m in check(tmp_path, text).mistakes]
    assert sorted(positions) == [
        (2, "trim.min_qualty"),
        (3, "trim.max_n_fraction"),
        (5, "embed.k"),
        (7, "align.gap_open"),
    ]


def test_value_of_the_command_line(tmp_path: Path):
    text = "trim:\n  min_quality: 20\n"
    assert messages(tmp_path, text, {"trim": {"min_quality": "99"}}) == [
        f"command line (--config): trim.min_quality: found 99, {RANGES}"
        "choose a value in that range; the default is 20"
    ]
    assert messages(tmp_path, text, {"treads": "9"}) == [
        "command line (--config): treads: found an unknown key, expected one of the keys "
        f"{TOP_KEYS}; delete it or correct its name"
    ]


def test_unfit_default_and_command_line(tmp_path: Path):
    assert messages(tmp_path, "samples: s.tsv\n", {"embed": {"key_k": "31", "k": "31"}}) == []
    found = messages(tmp_path, "samples: s.tsv\n", {"trim": {"min_length_bp": "15"}})
    assert found == [
        "command line (--config): embed.key_k: found 16 with trim.min_length_bp 15 (command line "
        "(--config)), expected at most the length of the shortest read kept; "
        "lower embed.key_k or raise trim.min_length_bp"
    ]


def test_the_strongest_file_is_named(tmp_path: Path):
    (tmp_path / "weak.yaml").write_text("trim:\n  min_quality: 70\n  max_n_fraction: 3\n")
    (tmp_path / "strong.yaml").write_text("\n\ntrim:\n  min_quality: 80\n")
    merged = {"trim": {"min_quality": 80, "max_n_fraction": 3}}
    files = [Path("weak.yaml"), Path("absent.yaml"), Path("strong.yaml")]
    positions = [(m.file, m.line, m.key) for m in check_config(merged, files, tmp_path).mistakes]
    assert sorted(positions) == [
        ("strong.yaml", 4, "trim.min_quality"),
        ("weak.yaml", 3, "trim.max_n_fraction"),
    ]


def test_a_file_given_twice_is_read_once(tmp_path: Path):
    (tmp_path / "config.yaml").write_text("embed: {k: 5}\nembed: {k: 6}\n")
    files = [Path("config.yaml"), tmp_path / "config.yaml"]
    assert [m.line for m in check_config({"embed": {"k": 6}}, files, tmp_path).mistakes] == [2, 2]


def test_file_outside_the_working_directory_has_its_whole_path(tmp_path: Path):
    (tmp_path / "run").mkdir()
    outside = tmp_path / "own.yaml"
    outside.write_text("trim: {min_quality: 70}\n")
    checked = check_config({"trim": {"min_quality": 70}}, [outside], tmp_path / "run")
    assert [(m.file, m.line) for m in checked.mistakes] == [(str(outside), 1)]


@pytest.mark.parametrize("text", ["{}\n", "trim:\nembed: {}\n", "trim: ~\nalign: null\n"])
def test_what_is_left_out_takes_its_default(tmp_path: Path, text: str):
    checked = check(tmp_path, text)
    assert checked.mistakes == []
    found = leaves(checked.config)
    defaults = leaves(with_defaults(load_schema("config.schema.yaml"), {}))
    of_the_error_rate = {
        "embed.key_k",
        "embed.key_fraction",
        "align.min_identity",
        "pairs.min_votes",
        "pairs.max_mismatch_rate",
    }
    assert {name for name in found if found[name] != defaults[name]} == of_the_error_rate
    assert all(defaults[name] is None for name in of_the_error_rate)
    assert found.keys() == defaults.keys()
    assert found["embed.key_k"] == 16
    assert found["samples"] == "config/samples.tsv"
    assert found["reference"] is None
    assert found["search.protein.matrix"] == "BLOSUM62"


MEANT = {
    "quoted number": ('trim: {min_quality: "15"}', "trim.min_quality", 15),
    "number of YAML 1.2": ("align: {min_identity: 9e-1}", "align.min_identity", 0.9),
    "whole number as a fraction": ("embed: {k: 12.0}", "embed.k", 12),
    "large number with exponent": ("embed: {reads_per_shard: 5e4}", "embed.reads_per_shard", 50000),
    "one": ("align: {min_identity: 1}\ncluster: {min_identity: 1}", "align.min_identity", 1.0),
    "off": ("cluster: {join_mates: off}", "cluster.join_mates", False),
    "yes as a word": ("trim: {poly_g: yes}", "trim.poly_g", "yes"),
    "off as a word": ("trim: {poly_g: off}", "trim.poly_g", "no"),
    "quoted no as a word": ('trim: {poly_g: "no"}', "trim.poly_g", "no"),
    "quoted true": ('cluster: {join_mates: "true"}', "cluster.join_mates", True),
    "None of a job's command line": ("reference: None", "reference", None),
    "empty path": ('reference: ""', "reference", None),
    "spaces around text": ('report: {title: " kin "}', "report.title", "kin"),
    "quoted number as text": ('report: {title: "007"}', "report.title", "007"),
}


@pytest.mark.parametrize(("text", "key", "value"), MEANT.values(), ids=MEANT)
def test_what_is_meant_is_taken(tmp_path: Path, text: str, key: str, value: object):
    checked = check(tmp_path, text + "\n")
    assert checked.mistakes == []
    found = leaves(checked.config)[key]
    assert (found, type(found)) == (value, type(value))


def test_order_and_way_of_writing_change_nothing(tmp_path: Path):
    one = check(tmp_path, "embed: {k: 12, seed: 2}\nalign: {match: 1, min_score: 40}\n").config
    other = check(tmp_path, "align:\n  min_score: 40.0\n  match: 1\nembed: {seed: '2', k: 12}\n")
    assert repr(one) == repr(other.config)
