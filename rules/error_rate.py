"""Settings that are left to the expected error rate get their values here."""

from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

from rules.stage_code import SCRIPTS

_JOIN_SETTINGS = SCRIPTS / "join_settings.py"
SECTION_OF = {
    "key_k": "embed", "key_fraction": "embed", "min_votes": "pairs", "max_mismatch_rate": "pairs",
}  # fmt: skip


@cache
def _join_settings() -> Any:
    """The module of the commands, which is plain data."""
    spec = spec_from_file_location(_JOIN_SETTINGS.stem, _JOIN_SETTINGS)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fill_in(config: dict[str, Any]) -> None:
    """Replace each None that stands for what suits ``expected_error_rate``; wrong rates, which
    are told of elsewhere, change nothing."""
    try:
        suitable = _join_settings().settings_for(config["expected_error_rate"])
    except (TypeError, ValueError):
        return
    for name, section in SECTION_OF.items():
        if isinstance(config[section], dict) and config[section][name] is None:
            config[section][name] = getattr(suitable, name)
