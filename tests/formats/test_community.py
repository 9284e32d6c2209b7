"""Community tables."""

import pytest

from readkin.errors import InputError
from readkin.formats.community import read_community
from readkin.formats.fasta import decode

HEADER = "genome\tfasta\tabundance\tshape"


@pytest.fixture
def table(tmp_path):
    (tmp_path / "genomes").mkdir()
    (tmp_path / "genomes/one.fa").write_text(">x\nACGTACGT\n")
    (tmp_path / "genomes/twice.fa").write_text(">t 1\nACGT\n>t 2\nACGG\n")
    (tmp_path / "genomes/two.fa").write_text(">a chromosome\nACGT\n>b\nACGG\n")

    def write(*lines):
        path = tmp_path / "community.tsv"
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


def test_reads_genomes_relative_to_the_table(table):
    path = table(
        "# comment",
        HEADER,
        "phage\tgenomes/one.fa\t2.5\tcircular",
        "",
        "b\tgenomes/one.fa\t1\tlinear",
    )
    community = read_community(path)
    phage, other = community.genomes
    (sequence,) = phage.sequences
    assert community.samples == ()
    assert (phage.name, phage.abundance) == ("phage", (2.5,))
    assert (sequence.name, sequence.is_circular, sequence.copies) == ("x", True, 1)
    assert decode(sequence.bases) == "ACGTACGT"
    assert (other.name, other.sequences[0].is_circular) == ("b", False)


def test_all_sequences_of_a_file_belong_to_the_genome(table):
    path = table(HEADER, "k\tgenomes/two.fa\t1\tcircular", "l\tgenomes/two.fa\t1\tlinear")
    circular, linear = read_community(path).genomes
    assert [(s.name, decode(s.bases), s.is_circular) for s in circular.sequences] == [
        ("a", "ACGT", True),
        ("b", "ACGG", True),
    ]
    assert [s.is_circular for s in linear.sequences] == [False, False]


@pytest.mark.parametrize(
    ("shape", "copies", "expected"),
    [
        ("linear,b=circular", "", [(False, 1), (True, 1)]),
        ("a=circular, linear", "b=12.5", [(True, 1), (False, 12.5)]),
        ("a=linear,b=circular", "2,b=3", [(False, 2), (True, 3)]),
        ("circular", "a=0.5,b=4", [(True, 0.5), (True, 4)]),
    ],
)
def test_shape_and_copies_of_single_sequences(table, shape, copies, expected):
    path = table(f"{HEADER}\tcopies", f"k\tgenomes/two.fa\t1\t{shape}\t{copies}")
    sequences = read_community(path).genomes[0].sequences
    assert [(s.is_circular, s.copies) for s in sequences] == expected


def test_abundances_of_samples(table):
    path = table(
        "genome\tabundance:gut\tfasta\tshape\tabundance:skin-2",
        "one\t2\tgenomes/one.fa\tlinear\t0",
        "two\t0.5\tgenomes/two.fa\tlinear\t3",
    )
    community = read_community(path)
    assert community.samples == ("gut", "skin-2")
    assert [genome.abundance for genome in community.genomes] == [(2, 0), (0.5, 3)]


def test_line_ends_and_byte_order_mark_of_other_systems(table):
    path = table("\ufeff" + HEADER + "\r", "phage\tgenomes/one.fa\t1\tlinear\r")
    assert read_community(path).genomes[0].name == "phage"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("phage\tgenomes/one.fa\t1", "found 3 cells, expected 4"),
        ("phage\tgenomes/one.fa\t0\tlinear", "abundance '0', expected a number above 0"),
        ("phage\tgenomes/one.fa\tinf\tlinear", "abundance 'inf'"),
        ("phage\tgenomes/one.fa\t1e300\tlinear", "a number above 0 and at most 1e\\+12"),
        ("phage\tgenomes/one.fa\tmany\tlinear", "abundance 'many'"),
        ("phage\tgenomes/one.fa\t1\tround", "shape 'round', expected linear or circular"),
        ("phage\tgenomes/no.fa\t1\tlinear", "genomes/no.fa, which does not exist"),
        ("phage\tgenomes/two.fa\t1\tlinear,c=circular", "sequence c, which .*, expected a, b; "),
        ("phage\tgenomes/two.fa\t1\tlinear,b=round", "shape 'round' of b, expected linear or"),
        ("phage\tgenomes/two.fa\t1\tlinear,circular", "with two values for one sequence"),
        ("phage\tgenomes/two.fa\t1\ta=linear", "no value for b of "),
        ("phage\tgenomes/twice.fa\t1\tlinear", "t again"),
        ("a phage\tgenomes/one.fa\t1\tlinear", "'a phage', expected a name without spaces"),
        ("first\tgenomes/one.fa\t1\tlinear", "genome first again"),
    ],
)
def test_refuses_bad_rows_with_their_line(table, line, found):
    path = table(HEADER, "first\tgenomes/one.fa\t1\tlinear", line)
    with pytest.raises(InputError, match=found) as caught:
        read_community(path)
    if "twice" not in line:  # a mistake in the FASTA file
        assert str(caught.value).startswith(f"{path}:3: ")


@pytest.mark.parametrize(
    ("header", "cells", "found"),
    [
        ("copies", "0", "copies '0', expected a number above 0"),
        ("copies", "b=many,1", "copies 'many' of b, expected a number above 0"),
        ("copies", "1,c=2", "sequence c, which .* does not contain"),
    ],
)
def test_refuses_bad_copies(table, header, cells, found):
    path = table(f"{HEADER}\t{header}", f"k\tgenomes/two.fa\t1\tlinear\t{cells}")
    with pytest.raises(InputError, match=found) as caught:
        read_community(path)
    assert str(caught.value).startswith(f"{path}:2: ")


@pytest.mark.parametrize(
    ("samples", "abundances", "found"),
    [
        (("s", "t"), ("-1", "1"), ":2: found abundance:s '-1', expected a number of at least 0"),
        (("s", "t"), ("x", "1"), ":2: found abundance:s 'x'"),
        (("s", "t"), ("0", "0"), ":2: found genome k in no sample"),
        (("s", "t"), ("0", "1"), "tsv: found only zeros in abundance:s"),
        (("s", "s"), ("1", "1"), ":1: found columns genome"),
        (("s p", "t"), ("1", "1"), ":1: found sample 's p', expected a name of letters"),
        (("", "t"), ("1", "1"), ":1: found sample ''"),
    ],
)
def test_refuses_bad_samples(table, samples, abundances, found):
    columns = [f"abundance:{sample}" for sample in samples]
    header = "\t".join(["genome", "fasta", "shape", *columns])
    path = table(header, "\t".join(["k", "genomes/one.fa", "linear", *abundances]))
    with pytest.raises(InputError, match=found):
        read_community(path)


def test_refuses_abundances_of_all_and_of_samples(table):
    with pytest.raises(InputError, match=r"found columns .*abundance, shape, abundance:s"):
        read_community(table(f"{HEADER}\tabundance:s"))


def test_refuses_other_columns_and_empty_tables(table):
    with pytest.raises(InputError, match="columns genome, size"):
        read_community(table("genome\tsize"))
    with pytest.raises(InputError, match="no genome"):
        read_community(table("# nothing", HEADER))


def test_refuses_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "community.tsv.gz"
    path.write_bytes(bytes(range(128, 256)))
    with pytest.raises(InputError, match="bytes that are not UTF-8, expected a TSV table"):
        read_community(path)
