"""Alignment against other programs, on a million pairs: `make verify-align`.

Makes pairs of every family, the same every time, aligns them with every scoring, compares all
results with parasail, Opal and the letters themselves, and prints what differs. Fails if anything
does. The checks:

parasail, Opal: the scores are theirs. alignment: the score is the same, and that of the runs;
places, counts and operations fit the letters. threshold: pairs below it have no alignment, others
the same one. band: no score above that of a wider band or of the table; a proven one is the
table's. all: scores of some sequences with all others are Opal's. halved: those of all with all are
the same without halving.
"""

import argparse
import sys
import time
from collections import Counter

from rich.console import Console
from rich.table import Table

from verification.checks import CHECKS, check
from verification.families import FAMILIES, Family, make_pairs, scorings_of
from verification.scorings import NamedScoring

PAIRS_AT_A_TIME = 4000


def work(pairs: int) -> list[tuple[Family, NamedScoring, int]]:
    """How many pairs of each family are aligned with each scoring, in total at least `pairs`."""
    chosen = [(family, named) for family in FAMILIES for named in scorings_of(family)]
    shares = sum(family.share for family, _ in chosen)
    return [
        (family, named, max(family.least, int(pairs * family.share / shares) + 1))
        for family, named in chosen
    ]


def verify(family: Family, named: NamedScoring, wanted: int, seed: list[int]) -> Counter[str]:
    """Pairs and what is wrong with them, by check."""
    counts = Counter(dict.fromkeys(CHECKS, 0))
    while counts["pairs"] < wanted:
        part = [*seed, counts["pairs"]]
        count = min(PAIRS_AT_A_TIME, wanted - counts["pairs"])
        pairs = make_pairs(family, named, count, part)
        counts.update(check(pairs, named, part), pairs=pairs.index_a.size)
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(prog="make verify-align", description=__doc__)
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--families", nargs="+", default=[family.name for family in FAMILIES])
    arguments = parser.parse_args()
    console = Console()
    if not console.is_terminal:
        console = Console(width=130)
    columns = ("family", "scoring", "pairs", *CHECKS)
    table = Table(*columns, title="Pairs, and how many of them are wrong, by check")
    total: Counter[str] = Counter()
    begin = time.monotonic()
    for number, (family, named, wanted) in enumerate(work(arguments.pairs)):
        if family.name not in arguments.families:
            continue
        counts = verify(family, named, wanted, [number])
        total.update(counts)
        is_wrong = any(counts[name] for name in CHECKS)
        numbers = (f"{counts[name]:,}" for name in columns[2:])
        table.add_row(family.name, named.name, *numbers, style="red" if is_wrong else None)
        console.print(
            f"{time.monotonic() - begin:6.0f} s  {total['pairs']:9,} pairs"
            f"  {sum(total[name] for name in CHECKS)} wrong  {family.name}, {named.name}"
        )
    table.add_row("total", "", *(f"{total[name]:,}" for name in columns[2:]), style="bold")
    console.print(table)
    return 1 if any(total[name] for name in CHECKS) else 0


if __name__ == "__main__":
    sys.exit(main())
