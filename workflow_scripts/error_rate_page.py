"""The page docs/error-rates.md: what follows from the expected error rate, and why."""

from join_settings import SETTINGS
from kernels.collision_probability import collision_probability

OVERLAPS = (50, 75, 100, 125)  # bp
TEXT = """# What follows from `expected_error_rate`

One setting, the share of wrong bases that the reads are expected to have, decides how they are
joined. Each line is for rates up to the one it begins with; a value given in `config.yaml` takes
the place of the one here.

{settings}

The shorter a k-mer, the likelier it is free of errors in both reads, (1 - e)^(2k), and the more
often it occurs by chance; the more k-mers are keys, the more chances two reads have to share one,
and the longer the join takes. `max_mismatch_rate` is for the overlap that the shared keys point to:
two reads differ in 2e of its bases on average, and a lost or additional base costs a few more.

The probability that two reads share a key, at the highest rate of each line
(`workflow_scripts/kernels/collision_probability.py`: exact for substitutions and k-mers that occur
once in a read):

{probabilities}

This page is generated (`make docs`). What the settings find in reads of real genomes, and how fast,
is measured by `make bench-pairs`.
"""


def error_rate_page() -> str:
    """The page as Markdown."""
    names = ("embed.key_k", "embed.key_fraction", "pairs.min_votes", "pairs.max_mismatch_rate")
    settings: list[tuple[str, ...]] = [("error rate up to", *(f"`{name}`" for name in names))]
    probabilities: list[tuple[str, ...]] = [
        ("error rate", *(f"overlap of {overlap} bp" for overlap in OVERLAPS))
    ]
    for rate, row in SETTINGS.items():
        settings.append((f"{rate:.1%}", *map(str, row)))
        probabilities.append(
            (
                f"{rate:.1%}",
                *(
                    f"{collision_probability(bases, row.key_k, rate, row.key_fraction):.4f}"
                    for bases in OVERLAPS
                ),
            )
        )
    return TEXT.format(settings=_table(settings), probabilities=_table(probabilities))


def _table(rows: list[tuple[str, ...]]) -> str:
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])
