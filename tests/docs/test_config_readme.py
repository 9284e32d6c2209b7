"""The tables of config/README.md."""

import re

from docs.pages.config_readme import columns_table, settings, settings_table
from rules.settings.schema import CONFIG_FOLDER, load_schema


def test_readme_has_every_key():
    text = (CONFIG_FOLDER / "README.md").read_text()
    cells = re.findall(r"^\| [`*]+([\w.]+)[`*]+ \|", text, re.MULTILINE)
    columns = list(load_schema("samples.schema.yaml")["properties"])
    assert cells == [*columns, *(key for key, _ in settings(load_schema("config.schema.yaml")))]


def test_rows_show_range_default_and_unit():
    assert "| `embed.k` | a whole number from 4 to 31 | 11 | bp |" in settings_table()
    assert "| `fastq_2` | no | a path |  |" in columns_table()
