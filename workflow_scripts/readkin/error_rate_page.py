"""The page docs/error-rates.md: what follows from the expected error rate, and why."""

from collections.abc import Callable

from readkin.kernels.kmers.collision_probability import (
    SIMULATED_OVERLAPS,
    collision_probability,
    simulated_collision_probability,
)
from readkin.kernels.kmers.signatures import KeySettings
from readkin.presets import SETTINGS, JoinSettings

OVERLAPS = (50, 75, 100, 125)  # bp
TEXT = """# What follows from `expected_error_rate`

One setting, the share of wrong bases that the reads are expected to have, decides how they are
joined. Each line is for rates up to the one it begins with; a value given in `config.yaml` takes
the place of the one here.

The shorter a k-mer, the likelier it is free of errors in both reads, (1 - e)^(2k), and the more
often it occurs by chance; the more k-mers are keys, the more chances two reads have to share one,
and the longer the join takes. `max_mismatch_rate` is for the overlap that the shared keys point to:
two reads differ in 2e of its bases on average, and a lost or additional base costs a few more.

## `embed.key_scheme: open_syncmer`

{open_syncmer}

The share of overlaps in which two reads have a key in common, at the highest rate of each line, of
{trials:,} overlaps of random bases with substitutions
(`workflow_scripts/readkin/kernels/kmers/collision_probability.py`):

{trials_table}

## `embed.key_scheme: fracminhash`

Keys that lie at random often fall prey to the same error, so about twice as many are needed.

{fracminhash}

The probability that two reads share a key, exact for substitutions and k-mers that occur once in a
read:

{probabilities}

This page is generated (`make docs`). What the settings find in reads of real genomes, and how fast,
is measured by `make bench-pairs`.
"""
SEED = 1


def error_rate_page() -> str:
    """The page as Markdown."""
    return TEXT.format(
        **{scheme: _settings(scheme) for scheme in SETTINGS},
        trials=SIMULATED_OVERLAPS,
        trials_table=_shares(
            "open_syncmer",
            lambda rate, row, overlap: simulated_collision_probability(
                overlap, rate, KeySettings(row.key_k, row.key_fraction, SEED, "open_syncmer")
            ),
        ),
        probabilities=_shares(
            "fracminhash",
            lambda rate, row, overlap: collision_probability(
                overlap, row.key_k, rate, row.key_fraction
            ),
        ),
    )


def _settings(scheme: str) -> str:
    names = ("embed.key_k", "embed.key_fraction", "pairs.min_votes", "pairs.max_mismatch_rate")
    head = ("error rate up to", *(f"`{name}`" for name in names))
    rows = [(f"{rate:.1%}", *map(str, row)) for rate, row in SETTINGS[scheme].items()]
    return _table([head, *rows])


def _shares(scheme: str, share: Callable[[float, JoinSettings, int], float]) -> str:
    head = ("error rate", *(f"overlap of {overlap} bp" for overlap in OVERLAPS))
    rows = [
        (f"{rate:.1%}", *(f"{share(rate, row, overlap):.3f}" for overlap in OVERLAPS))
        for rate, row in SETTINGS[scheme].items()
    ]
    return _table([head, *rows])


def _table(rows: list[tuple[str, ...]]) -> str:
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])
