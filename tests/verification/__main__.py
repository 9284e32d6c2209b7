"""Compare alignments of a million pairs with those of other programs: `make verify-align`.

Generates reproducible pairs of every family, aligns them with every scoring, compares all results
with parasail, Opal and the sequences themselves, and prints the number of errors by check. The exit
code is 1 if there is any error.

parasail, Opal  scores equal those of the other program
alignment       score, positions, counts and CIGAR agree with the sequences
threshold       pairs below it have no alignment, the others have the same one
band            scores do not exceed those of a wider band or of the full DP matrix; a score
                reported as proven equals that of the full matrix
all             scores of some sequences with all others equal those of Opal
halved          all-with-all scores are the same with and without halving
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


def pair_numbers(pairs: int) -> list[tuple[Family, NamedScoring, int]]:
    """Return the number of pairs of each family and scoring, in total at least `pairs`."""
    chosen = [(family, named) for family in FAMILIES for named in scorings_of(family)]
    shares = sum(family.share for family, _ in chosen)
    return [
        (family, named, max(family.least, int(pairs * family.share / shares) + 1))
        for family, named in chosen
    ]


def verify(family: Family, named: NamedScoring, wanted: int, seed: list[int]) -> Counter[str]:
    """Return the number of pairs, and of errors by check."""
    counts = Counter(dict.fromkeys(CHECKS, 0))
    while counts["pairs"] < wanted:
        part_seed = [*seed, counts["pairs"]]
        count = min(PAIRS_AT_A_TIME, wanted - counts["pairs"])
        pairs = make_pairs(family, named, count, part_seed)
        counts.update(check(pairs, named, part_seed), pairs=pairs.index_a.size)
    return counts


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="make verify-align",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--pairs", type=int, default=1_000_000, help="number of pairs, at least")
    names = [family.name for family in FAMILIES]
    parser.add_argument(
        "--families",
        nargs="+",
        choices=names,
        default=names,
        metavar="FAMILY",
        help=f"families to verify: {', '.join(names)}; default: all",
    )
    return parser.parse_args(argv)


def verify_families(pairs: int, families: list[str]) -> int:
    """Print the table of errors and return their total number.

    Args:
        pairs: number of pairs of all families together, at least.
        families: names of the families to verify.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=130)
    columns = ("family", "scoring", "pairs", *CHECKS)
    table = Table(*columns, title="Number of pairs, and of errors by check")
    total: Counter[str] = Counter()
    begin = time.monotonic()
    for number, (family, named, wanted) in enumerate(pair_numbers(pairs)):
        if family.name not in families:
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
    return sum(total[name] for name in CHECKS)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    arguments = parse_arguments(argv)
    return 1 if verify_families(arguments.pairs, arguments.families) else 0


if __name__ == "__main__":
    sys.exit(main())
