"""Settings that are left to the expected error rate get their values here."""

from typing import Any

from rules.plain_module import plain_module
from rules.stage_code import SCRIPTS

_JOIN_SETTINGS = SCRIPTS / "join_settings.py"
SECTION_OF = {
    "key_k": "embed", "key_fraction": "embed", "min_votes": "pairs", "max_mismatch_rate": "pairs",
}  # fmt: skip


def fill_in(config: dict[str, Any]) -> None:
    """Replace each None that stands for what suits ``expected_error_rate``; wrong rates, which
    are told of elsewhere, change nothing."""
    try:
        suitable = plain_module(_JOIN_SETTINGS).settings_for(config["expected_error_rate"])
    except (TypeError, ValueError):
        return
    for name, section in SECTION_OF.items():
        if isinstance(config[section], dict) and config[section][name] is None:
            config[section][name] = getattr(suitable, name)
