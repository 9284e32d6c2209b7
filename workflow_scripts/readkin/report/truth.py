"""What compare_with_truth measured: pairs and clusters against where the reads really came from."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from readkin.errors import InputError

FORMAT = ("readkin-truth-comparison", 1)


class TruthMeasures(NamedTuple):
    """What compare_with_truth wrote; its docstring lists the keys of ``pairs`` and ``clusters``."""

    reads: int
    settings: Mapping[str, Any]
    pairs: Mapping[str, Any]
    clusters: Mapping[str, Any]

    @property
    def recall(self) -> float | None:
        """Part of the true kin pairs that was found."""
        return self.pairs["recall"]

    @property
    def precision(self) -> float | None:
        """Part of the pairs found that is right."""
        return self.pairs["precision"]


def read_truth_measures(path: Path) -> TruthMeasures:
    """Read truth_comparison.json.

    Raises:
        InputError: if the file is another or of another version.
    """
    try:
        content = json.loads(path.read_text())
        found = (content["format"], content["format_version"])
        measures = TruthMeasures(
            *(content[key] for key in ("reads", "settings", "kin_pairs", "clusters"))
        )
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise InputError(
            path,
            f"other content ({error})",
            "a comparison with the truth",
            "run compare_with_truth again",
        ) from None
    if found != FORMAT:
        raise InputError(
            path,
            f"format {found[0]} {found[1]}",
            f"{FORMAT[0]} {FORMAT[1]}",
            "run compare_with_truth again",
        )
    return measures
