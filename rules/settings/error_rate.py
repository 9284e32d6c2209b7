"""Settings that are left to the expected error rate get their values here."""

from typing import Any

from readkin.presets import SETTINGS, settings_for

SECTION_OF = {
    "key_k": "embed",
    "key_fraction": "embed",
    "min_votes": "pairs",
    "max_mismatch_rate": "pairs",
}


def fill_in(config: dict[str, Any]) -> None:
    """Replace each None that stands for what suits ``expected_error_rate``; wrong rates and
    schemes, which are told of elsewhere, change nothing."""
    embed = config["embed"]
    scheme = embed["key_scheme"] if isinstance(embed, dict) else next(iter(SETTINGS))
    try:
        suitable = settings_for(config["expected_error_rate"], scheme)
    except (KeyError, TypeError, ValueError):
        return
    for name, section in SECTION_OF.items():
        if isinstance(config[section], dict) and config[section][name] is None:
            config[section][name] = getattr(suitable, name)
