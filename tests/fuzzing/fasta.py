"""FASTA files: a reference and a query have the bases of the file, or the message has its line."""

import re
from pathlib import Path

from hypothesis import strategies as st

from fuzzing.mutations import compressed, decompressed, mutated
from readkin.errors import InputError
from readkin.formats.reference import check_reference, write_plain_reference
from readkin.formats.sequence_records import FASTA_ONLY
from readkin.formats.sequences import DNA, read_sequences

IUPAC = "ACGTRYSWKMBDHVN"
FILE_NAMES = ("ref.fa", "ref.fa.gz", "-ref.bz2", "{ref} é.fasta")
NAMES = ("chr1", "c|2", "contig_1.1", "x;y", "a:b-c")
HOSTILE_NAMES = ("", "a,b", "*x", "é", "chr1")
DESCRIPTIONS = ("", " E. coli", "\tlength=8", " café", " >x")
# What is wrong with a whole file has no line.
OF_A_FILE = re.compile(
    "no sequence|a file that starts with|damaged data|FASTQ|byte-order mark|a comment line|2bit|"
    "compressed|JSON|web page|SAM|protein"
)


@st.composite
def files(draw: st.DrawFn) -> tuple[str, bytes, bool]:
    """Draw the name and content of a file, and whether it must be accepted."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    is_sound = True
    if draw(st.integers(0, 3)) == 0:
        names.append(draw(st.sampled_from(HOSTILE_NAMES)))
        is_sound = False
    width = draw(st.integers(1, 80))
    text = ""
    for name in names:
        alphabet = draw(st.sampled_from(("ACGT", "ACGTN", "acgtACGT", IUPAC)))
        is_sound &= alphabet != IUPAC  # much of it may look like a protein
        bases = draw(st.text(alphabet, min_size=1, max_size=200))
        lines = [bases[i : i + width] for i in range(0, len(bases), width)]
        text += f">{name}{draw(st.sampled_from(DESCRIPTIONS))}\n" + "\n".join([*lines, ""])
    content = draw(mutated(text.encode()))
    data, is_complete = draw(compressed(content))
    is_sound &= is_complete and content == text.encode()
    return draw(st.sampled_from(FILE_NAMES)), data, is_sound


def prepare(folder: Path) -> None:
    """Write nothing: the inputs refer to no other files."""


def check_file(folder: Path, drawn: tuple[str, bytes, bool]) -> bool:
    """Read a file as a reference and as a query; return whether the reference is accepted.

    Raises:
        AssertionError: if a record changes, or a message has no position.
    """
    name, data, is_sound = drawn
    path = folder / name
    path.write_bytes(data)
    _check_query(path, data)
    if error := _refusal(path):
        assert not is_sound, error
        _check_message(path, error)
        return False
    lengths = write_plain_reference(path, folder / "plain.fa")
    expected = _naive_records(data)
    assert lengths == {name: len(bases) for name, bases in expected}
    assert _naive_records((folder / "plain.fa").read_bytes()) == expected
    return True


def _refusal(path: Path) -> InputError | None:
    try:
        check_reference(path)
    except InputError as error:
        return error
    return None


def _check_query(path: Path, data: bytes) -> None:
    try:
        found = read_sequences(path, DNA, FASTA_ONLY)
    except InputError as error:
        _check_message(path, error)
        return
    bases = ["".join("ACGTN"[code] for code in found.codes)]
    expected = _naive_records(data)
    assert found.names == [name for name, _ in expected]
    assert found.offsets[1:].tolist() == [
        sum(len(bases) for _, bases in expected[: end + 1]) for end in range(len(expected))
    ]
    assert bases == ["".join(re.sub("[^ACGT]", "N", bases) for _, bases in expected)]


def _check_message(path: Path, error: InputError) -> None:
    message = str(error)
    assert message.startswith(str(path)), message
    assert "\n" not in message, message
    assert re.match(r":\d+: ", message[len(str(path)) :]) or OF_A_FILE.search(message), message


def _naive_records(data: bytes) -> list[tuple[str, str]]:
    """Read FASTA that was accepted: whole, with the standard library; U is T."""
    data = decompressed(data)
    records: list[tuple[str, str]] = []
    for line in data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n"):
        if line.startswith(">"):
            records.append((line[1:].split()[0], ""))
        elif line.strip():
            name, bases = records[-1]
            records[-1] = name, bases + "".join(line.split()).upper().replace("U", "T")
    return records
