"""Inputs whose names contain what shells, Snakemake and argument parsers interpret."""

import json

from support.clone import Clone
from support.fastq_files import random_records, write_fastq

ON_SLURM = "a b's & ; * ? # , % ~ ! é (x)"
LOCALLY = f'{ON_SLURM} "q" $HOME `id` $(id)'
IN_BRACKETS = "{3F-9} <B>"
UNITS = {("-RT", "-l1"): 30, ("-RT", "--help"): 40}
"""Samples and units, with their numbers of reads."""
QUERIES = {f"r{number}" for number in range(30)}
"""Names of the queries, each of which is a read of the first unit."""


def write_inputs(clone: Clone, text: str, title: str) -> None:
    """Write reads, sheet and settings into a clone; all names contain ``text``."""
    text = f"{text} {IN_BRACKETS}"
    records = random_records(30, seed=1)
    sequences = "".join(f">{name} {{name}}\n{bases}\n" for name, bases, _ in records)
    for name in ("-reference", "-query"):
        (clone.folder / f"{name} {text}.fa").write_text(sequences)
    single = write_fastq(clone.folder / f"-1 {text}.fq", records)
    mates = [
        write_fastq(clone.folder / f"-{mate} {text}.fq.gz", random_records(20, seed=mate))
        for mate in (1, 2)
    ]
    rows = [["sample", "unit", "library", "fastq_1", "fastq_2"]]
    rows.append(["-RT", "-l1", "-lib", single.name])
    rows.append(["-RT", "--help", "--help", *(path.name for path in mates)])
    sheet = clone.folder / f"-sheet {text} {{unit}}.tsv"
    sheet.write_text("".join("\t".join(row) + "\n" for row in rows))
    settings = {
        "samples": sheet.name,
        "truth": None,
        "reference": f"-reference {text}.fa",
        "search": {"query": f"-query {text}.fa"},
        "report": {"title": title},
    }
    (clone.folder / "config" / "config.yaml").write_text(json.dumps(settings))


def units_of_clusters(clone: Clone) -> set[tuple[str, str]]:
    """Return samples and units in the table of clusters."""
    lines = (clone.folder / "results" / "clusters.tsv").read_text().splitlines()[1:]
    return {(line.split("\t")[2], line.split("\t")[3]) for line in lines}


def queries_with_hits(clone: Clone) -> set[str]:
    """Return the queries that were found."""
    lines = (clone.folder / "results" / "search.blast6.tsv").read_text().splitlines()
    return {line.split("\t")[0] for line in lines}
