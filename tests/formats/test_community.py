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
    (tmp_path / "genomes/two.fa").write_text(">a\nACGT\n>b\nACGT\n")

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
    phage, other = read_community(path)
    assert (phage.name, phage.abundance, phage.is_circular) == ("phage", 2.5, True)
    assert decode(phage.bases) == "ACGTACGT"
    assert (other.name, other.is_circular) == ("b", False)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("phage\tgenomes/one.fa\t1", "found 3 cells, expected 4"),
        ("phage\tgenomes/one.fa\t0\tlinear", "abundance '0', expected a number above 0"),
        ("phage\tgenomes/one.fa\tinf\tlinear", "abundance 'inf'"),
        ("phage\tgenomes/one.fa\tmany\tlinear", "abundance 'many'"),
        ("phage\tgenomes/one.fa\t1\tround", "shape 'round', expected linear or circular"),
        ("phage\tgenomes/no.fa\t1\tlinear", "genomes/no.fa, which does not exist"),
        ("phage\tgenomes/two.fa\t1\tlinear", "2 sequences"),
        ("a phage\tgenomes/one.fa\t1\tlinear", "'a phage', expected a name without spaces"),
        ("first\tgenomes/one.fa\t1\tlinear", "genome first again"),
    ],
)
def test_refuses_bad_rows_with_their_line(table, line, found):
    path = table(HEADER, "first\tgenomes/one.fa\t1\tlinear", line)
    with pytest.raises(InputError, match=found) as caught:
        read_community(path)
    assert str(caught.value).startswith(f"{path}:3: ")


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
