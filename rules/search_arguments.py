"""How search_reads is told of its settings: only those that decide something, so that a change of
the others reruns nothing."""

import shlex
from collections.abc import Mapping
from typing import Any

READS = "reads"
"""As `search.database`: the reads of all units."""

KEYS = ("key_k", "key_fraction", "key_seed", "key_scheme")


def search_arguments(config: Mapping[str, Any]) -> str:
    """Alphabet, scoring, filter and thresholds as words of the command line."""
    search, embed = config["search"], config["embed"]
    names = ("alphabet", "top_n", "max_evalue")
    options = {name: search[name] for name in names} | search[search["alphabet"]]
    # Proteins share too few k-mers for the filter.
    is_exhaustive = search["exhaustive"] or search["alphabet"] == "protein"
    if not is_exhaustive:
        options |= {name: embed[name] for name in KEYS}
        options["min_votes"] = search["min_votes"]
    words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    return shlex.join([*words, *["--exhaustive"] * is_exhaustive])
