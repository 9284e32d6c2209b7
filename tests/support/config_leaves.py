"""Settings of all sections by their dotted keys."""

from collections.abc import Mapping
from typing import Any


def leaves(settings: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Every setting that is no section by its dotted key, in order."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found |= leaves(value, f"{above}{name}.")
        else:
            found[above + name] = value
    return found
