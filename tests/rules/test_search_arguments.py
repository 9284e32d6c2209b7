"""What search_reads is told, and that its parser understands it."""

from typing import Any

import pytest

import search_reads
from rules.search_arguments import search_arguments
from rules.settings import scoring_statistics
from rules.settings.config_schema import load_schema, with_defaults
from rules.settings.error_rate import fill_in

FILES = ("query", "database", "parquet", "paf", "blast-table", "counts")


def config_with(**search: object) -> dict[str, Any]:
    config = with_defaults(load_schema("config.schema.yaml"), {"search": search})
    fill_in(config)
    return config


def test_filtered_search_of_dna():
    assert search_arguments(config_with()) == (
        "--alphabet=dna --top-n=10 --max-evalue=10.0 --match=2 --mismatch=-3 --gap-open=7"
        " --gap-extend=2 --key-k=16 --key-fraction=0.077 --key-seed=1"
        " --key-scheme=open_syncmer --min-votes=2"
    )


def test_exhaustive_searches_do_not_know_the_keys():
    of_dna = search_arguments(config_with(exhaustive=True))
    assert of_dna.endswith("--gap-extend=2 --exhaustive")
    of_proteins = search_arguments(config_with(alphabet="protein"))
    assert of_proteins == (
        "--alphabet=protein --top-n=10 --max-evalue=10.0 --matrix=BLOSUM62 --gap-open=12"
        " --gap-extend=1 --exhaustive"
    )
    assert search_arguments(config_with(alphabet="protein", min_votes=7)) == of_proteins


@pytest.mark.parametrize("settings", [{}, {"exhaustive": True}, {"alphabet": "protein"}])
def test_the_command_understands_them(tmp_path, settings):
    (tmp_path / "file").touch()
    files = [f"--{name}={tmp_path / 'file'}" for name in FILES]
    words = search_arguments(config_with(**settings)).split()
    found = search_reads.parse_arguments([*files, *words]).settings
    assert found.is_exhaustive == bool(settings)
    assert found.is_dna == ("alphabet" not in settings)
    assert (found.top_n, found.max_evalue, found.min_votes) == (10, 10, 2)


def test_matrices_of_the_settings_are_those_with_statistics():
    section = load_schema("config.schema.yaml")["properties"]["search"]["properties"]["protein"]
    assert section["properties"]["matrix"]["enum"] == sorted(scoring_statistics.matrices())
