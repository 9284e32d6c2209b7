"""Units of a few read pairs each, to see what a unit costs apart from its reads."""

import json
from pathlib import Path

from support.fastq_files import random_records, write_fastq

PAIRS = 3


def write_units(folder: Path, units: int) -> None:
    """Write reads, the sheet units.tsv, and settings for all stages but the truth: units.yaml."""
    (folder / "reads").mkdir(parents=True)
    rows = ["sample\tunit\tfastq_1\tfastq_2"]
    for unit in range(units):
        paths = [f"reads/s{unit:04}_{mate}.fq.gz" for mate in (1, 2)]
        for mate, path in enumerate(paths):
            write_fastq(folder / path, random_records(PAIRS, seed=2 * unit + mate))
        rows.append("\t".join([f"s{unit:04}", "l1", *paths]))
    (folder / "units.tsv").write_text("\n".join(rows) + "\n")
    genome = "".join(bases for _, bases, _ in random_records(9, seed=0))
    for name in ("reference", "query"):
        (folder / f"{name}.fa").write_text(f">{name}\n{genome}\n")
    settings = {
        "samples": "units.tsv",
        "truth": None,
        "reference": "reference.fa",
        "search": {"query": "query.fa"},
    }
    (folder / "units.yaml").write_text(json.dumps(settings))
