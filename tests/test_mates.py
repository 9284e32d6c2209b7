"""Mates: one table of headers, for the function and for both of its callers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readkin.errors import InputError
from readkin.formats.fastq import FastqInput, checked_chunks
from readkin.mates import (
    DIFFERENT_NAMES,
    SAME_MATE,
    SWAPPED_MATES,
    first_mismatch,
    mate_mismatch,
    parse_header,
    read_name,
    read_names,
    shared_name,
)
from rules.settings.input_probe import FastqStart, probe_fastq, wrong_mates
from support.fastq_files import write_fastq

# case: headers of both files, name that the mates share or reason why they are no mates
CASES = {
    "equal": ("a", "a", "a"),
    "slashes": ("a/1", "a/2", "a"),
    "slashes and comments": ("a/1 x", "a/2 y", "a"),
    "dots": ("SRR1.7.1", "SRR1.7.2", "SRR1.7"),
    "dots and comments": ("SRR1.5.1 5 length=9", "SRR1.5.2 5 length=9", "SRR1.5"),
    "underscores": ("a_1", "a_2", "a"),
    "Casava": ("a 1:N:0:AC", "a 2:N:0:AC", "a"),
    "Casava, filtered": ("a 1:Y:0:AC", "a 2:Y:0:AC", "a"),
    "Casava, other index": ("a 1:N:0:AC", "a 2:N:0:GT", "a"),
    "Casava in one file": ("a 1:N:0:AC", "a", "a"),
    "Casava behind a tab": ("a\t1:N:0:AC", "a\t2:N:0:AC", "a"),
    "slashes and Casava": ("a/1 1:N:0:AC", "a/2 2:N:0:AC", "a"),
    "tags": ("a\tRX:Z:AC", "a\tRX:Z:AC", "a"),
    "first read called .1": ("SRR1.1 x length=5", "SRR1.1 x length=5", "SRR1.1"),
    "first read called _1": ("sim_1", "sim_1", "sim_1"),
    "number in a later word": ("a b 1:N:0", "a b 1:N:0", "a"),
    "other names": ("a", "b", DIFFERENT_NAMES),
    "other reads": ("a.10/1", "a.11/2", DIFFERENT_NAMES),
    "other separators": ("a/1", "a.2", DIFFERENT_NAMES),
    "no separator": ("read1", "read2", DIFFERENT_NAMES),
    "two digits": ("r.11", "r.12", DIFFERENT_NAMES),
    "nothing but an ending": ("/1", "/2", DIFFERENT_NAMES),
    "other reads, numbered": ("a/1", "b/2", DIFFERENT_NAMES),
    "mate 3": ("a/1", "a/3", DIFFERENT_NAMES),
    "other reads, Casava": ("a 1:N:0:AC", "b 2:N:0:AC", DIFFERENT_NAMES),
    "swapped": ("a/2", "a/1", SWAPPED_MATES),
    "swapped, dots": ("a.2", "a.1", SWAPPED_MATES),
    "swapped, Casava": ("a 2:N:0", "a 1:N:0", SWAPPED_MATES),
    "swapped, Casava, filtered": ("a 2:Y:0:AC", "a 1:Y:0:AC", SWAPPED_MATES),
    "first mates twice": ("a/1", "a/1", SAME_MATE),
    "second mates twice": ("a/2", "a/2", SAME_MATE),
    "first mates twice, Casava": ("a 1:N:0", "a 1:N:0", SAME_MATE),
    "second mates twice, Casava": ("a 2:N:0", "a 2:N:0", SAME_MATE),
    "first mates twice, another comment": ("a/1 1:x", "a/1 2:x", SAME_MATE),
    "Casava twice in a header": ("a 2:N: 1:N:", "a 2:N: 2:N:", SAME_MATE),
}
each_case = pytest.mark.parametrize(("header_1", "header_2", "expected"), CASES.values(), ids=CASES)


@each_case
def test_pairs_of_headers(header_1, header_2, expected):
    is_pair = isinstance(expected, str)
    assert mate_mismatch(header_1, header_2) == (None if is_pair else expected)
    found = first_mismatch(["r", "x 1:N:0", header_1], ["r", "x 2:N:0", header_2])
    assert found == (None if is_pair else (2, expected))
    if is_pair:
        assert shared_name(read_name(header_1), read_name(header_2)) == expected


@each_case
def test_check_of_all_records(tmp_path, header_1, header_2, expected):
    first = write_fastq(tmp_path / "1.fastq", [("r", "A", "I"), (header_1, "A", "I")])
    second = write_fastq(tmp_path / "2.fastq", [("r", "A", "I"), (header_2, "A", "I")])
    if isinstance(expected, str):
        chunks = checked_chunks(FastqInput(first, second))
        assert [list(map(len, mates)) for mates in chunks] == [[2, 2]]
        return
    with pytest.raises(InputError) as caught:
        list(checked_chunks(FastqInput(first, second)))
    assert caught.value.args == (
        f"{second}: record 2 (line 5)",
        f"{header_2!r}, {expected.found}",
        f"mate 2 of {header_1!r}",
        expected.what_to_do,
    )


@each_case
def test_probe_of_the_first_records(tmp_path, header_1, header_2, expected):
    starts = [
        probe_fastq(write_fastq(tmp_path / f"{mate}.fastq", [(header, "A", "I")]))
        for mate, header in enumerate((header_1, header_2), start=1)
    ]
    assert all(isinstance(start, FastqStart) for start in starts)
    problem = wrong_mates(*starts)
    if isinstance(expected, str):
        assert problem is None
    else:
        assert problem.found.endswith(f", {expected.found}")
        assert problem.what_to_do == expected.what_to_do


@pytest.mark.parametrize(
    ("header", "name", "number"),
    [
        ("a", "a", None),
        ("a/1", "a", "1"),
        ("a/2 x", "a", "2"),
        ("a 1:N:0:ACGT", "a", "1"),
        ("a/1 2:Y:0", "a", "2"),
        ("read_1", "read_1", None),
        ("SRR1.1 x", "SRR1.1", None),
        ("", "", None),
    ],
)
def test_header_of_one_read(header, name, number):
    assert parse_header(header) == (name, number)


def test_equal_headers_with_mate_numbers_are_found_among_others():
    headers = [f"r{i}" for i in range(50)]
    assert first_mismatch(headers, headers) is None
    assert first_mismatch([*headers, "a/1"], [*headers, "a/1"]) == (50, SAME_MATE)
    assert first_mismatch([*headers, "a 2:N:0"], [*headers, "a 2:N:0"]) == (50, SAME_MATE)


ENDINGS = ["", "/1", "/2", ".1", ".2", "_1", " 1:N:0:A", " 2:N:0:A", " 1:Y:0", " 2:Y:0", " x/1"]
ENDINGS += [" 1:N: 1:N:", " 2:N: 2:N:", "\t1:N:0:A", "\t2:N:0:A", "/1 1:N:0", "/2 2:N:0", "/1 x"]
ENDINGS += ["/2 x", " x/2", " 1:N:0:A/1", " 2:N:0:A/1", " 1:N:0 1:x", " 2:N:0 2:x"]
HEADERS = st.builds("".join, st.tuples(st.sampled_from("ab"), st.sampled_from(ENDINGS)))


@given(st.lists(st.tuples(HEADERS, HEADERS), max_size=4))
def test_all_headers_at_once_are_judged_as_each_pair_alone(pairs):
    expected = next(
        ((index, found) for index, pair in enumerate(pairs) if (found := mate_mismatch(*pair))),
        None,
    )
    assert first_mismatch([a for a, _ in pairs], [b for _, b in pairs]) == expected


MATES = [("a/1", "a/2"), ("a 1:N:0:A", "a 2:N:0:A"), ("b 1:Y:0", "b 2:Y:0"), ("a", "a")]
MATES += [("a 1:N: 1:N:", "a 2:N: 2:N:"), ("a/1", "a/1"), ("a 1:N:0", "a 1:N:0")]


@given(st.lists(st.sampled_from(MATES), min_size=1, max_size=6))
def test_mates_of_several_forms_are_judged_as_each_pair_alone(pairs):
    is_wrong = [mate_mismatch(*pair) is not None for pair in pairs]
    found = first_mismatch([a for a, _ in pairs], [b for _, b in pairs])
    assert (found and found[0]) == (is_wrong.index(True) if any(is_wrong) else None)


@given(st.lists(HEADERS, max_size=4))
def test_names_of_all_headers_are_those_of_each(headers):
    assert read_names(headers) == [*map(read_name, headers)]
