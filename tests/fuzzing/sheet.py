"""Sample sheets: an accepted one has the cells of the text, a refused one has file and line."""

import gzip
from collections.abc import Iterator
from pathlib import Path

from hypothesis import strategies as st

from fuzzing.mutations import mutated
from rules.settings.sample_sheet import Unit, read_sample_sheet

FILES = ("a.fq", "-b.fq", "c d.fq.gz", "{unit}.fq", "ü.fq", "it's.fq", "#e.fq", "$HOME.fq", "~.fq")
OPTIONAL = ("fastq_2", "platform", "library", "interleaved", "quality_encoding")
OF_THE_WHOLE_FILE = ("no lines", "an Excel or zip file", "UTF-16 or binary data")
HOSTILE_NAMES = ("-RT", "1e3", "NA", "null", "a b", "", "ö", "{s}", "x" * 81)
NAMES = st.one_of(
    *[st.text("abz019_-", min_size=1, max_size=4)] * 3, st.sampled_from(HOSTILE_NAMES)
)
CELLS = {
    "sample": NAMES,
    "unit": NAMES,
    "fastq_1": st.sampled_from(FILES),
    "fastq_2": st.sampled_from(("", "", *FILES)),
    "platform": st.sampled_from(("", "ILLUMINA", "ONT", "PACBIO ", "ILLUMINA", "illumina")),
    "interleaved": st.sampled_from(("", "", "false", "no", "false", "true", "maybe")),
    "quality_encoding": st.sampled_from(("", "", "auto", "33", "64", "33", "65")),
    "library": st.sampled_from(("", "lib.1", "-lib", "a,b", "7")),
}


def write_inputs(folder: Path) -> None:
    """Write a FASTQ file of each name into a folder."""
    for number, name in enumerate(FILES):
        bases = ("ACGT"[number // 4] + "ACGT"[number % 4]) * 5
        record = f"@r\n{bases}\n+\n#IIIIIIIII\n".encode()
        (folder / name).write_bytes(gzip.compress(record) if name.endswith(".gz") else record)


@st.composite
def sheets(draw: st.DrawFn) -> bytes:
    """Draw the text of a sample sheet."""
    optional = [column for column in OPTIONAL if draw(st.booleans())]
    columns = draw(st.permutations(["sample", "unit", "fastq_1", *optional]))
    rows, files = [columns], draw(st.permutations(FILES))
    for number in range(draw(st.integers(0, 4))):
        row = {column: draw(CELLS[column]) for column in columns}
        if draw(st.integers(0, 3)):  # a file of its own
            row["fastq_1"] = files[number]
        rows.append([row[column] for column in columns])
    return draw(mutated("".join("\t".join(row) + "\n" for row in rows).encode()))


def check_sheet(folder: Path, text: bytes) -> bool:
    """Read a sheet; return whether it is accepted.

    Raises:
        AssertionError: if an accepted sheet has other cells, or a mistake has no position.
    """
    (folder / "samples.tsv").write_bytes(text)
    units, mistakes = read_sample_sheet(Path("samples.tsv"), folder, probe_files=True)
    for mistake in mistakes:
        message = str(mistake)
        assert message.startswith("samples.tsv"), message
        assert "\n" not in message, message
        assert mistake.line is not None or mistake.diagnosis.found in OF_THE_WHOLE_FILE, message
    if mistakes:
        return False
    assert [_fields(unit) for unit in units] == list(_naive_rows(text))
    return True


def _fields(unit: Unit) -> tuple[str, ...]:
    return (
        unit.sample,
        unit.unit,
        unit.fastq_1,
        unit.fastq_2 or "",
        unit.platform,
        unit.dna_library,
        str(unit.interleaved),
        unit.quality_encoding,
    )


def _naive_rows(text: bytes) -> Iterator[tuple[str, ...]]:
    columns: list[str] = []
    for line in text.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if not columns:
            columns = cells
            continue
        row = dict(zip(columns, cells, strict=False))
        yield (
            row["sample"],
            row["unit"],
            row["fastq_1"],
            row.get("fastq_2", ""),
            row.get("platform") or "ILLUMINA",
            row.get("library") or row["sample"],
            str(row.get("interleaved") in ("true", "yes")),
            row.get("quality_encoding") or "auto",
        )
