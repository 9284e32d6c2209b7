"""Feed random and damaged inputs to the readers until the time is over: `make fuzz`.

Each kind of input in turn gets new random inputs. An accepted input must conserve every record with
its bases, name, mates and qualities, or every cell and setting; a refused one must be reported with
its file and its line or record, in one line. Anything else ends the run with the smallest input
that shows it; the exit code is 1.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from fuzzing.targets import TARGETS, Target

INPUTS_PER_ROUND = 100
QUIET = settings(
    max_examples=INPUTS_PER_ROUND,
    database=None,
    deadline=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)


def fuzz(target: Target, number: int, counts: Counter[str]) -> None:
    """Check ``INPUTS_PER_ROUND`` inputs drawn with the seed ``number``; count both outcomes."""
    with tempfile.TemporaryDirectory() as folder:
        target.prepare(Path(folder))

        @seed(number)
        @QUIET
        @given(target.inputs)
        def check_one(drawn: object) -> None:
            is_accepted = target.check(Path(folder), drawn)
            counts["accepted" if is_accepted else "refused"] += 1

        check_one()


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    names = [target.name for target in TARGETS]
    parser = argparse.ArgumentParser(
        prog="make fuzz",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--targets", nargs="+", choices=names, default=names)
    parser.add_argument("--seed", type=int, default=1, help="of the first round")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Fuzz all targets in turn; return the exit code."""
    arguments = parse_arguments(argv)
    targets = [target for target in TARGETS if target.name in arguments.targets]
    counts = {target.name: Counter[str]() for target in targets}
    end, number = time.monotonic() + 60 * arguments.minutes, arguments.seed
    while time.monotonic() < end:
        for target in targets:
            try:
                fuzz(target, number, counts[target.name])
            except Exception:
                print(f"{target.name}: wrong in the round with seed {number}", flush=True)
                raise
        number += 1
    for name, outcome in counts.items():
        print(f"{name}: {outcome['accepted']} accepted, {outcome['refused']} refused, none wrong")
    return 0


if __name__ == "__main__":
    sys.exit(main())
