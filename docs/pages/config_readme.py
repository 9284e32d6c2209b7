"""config/README.md: the tables of the settings and of the sample sheet's columns."""

from collections.abc import Iterator

from docs.pages.markdown import replace_block, table
from rules.settings.schema import Schema, default_of, in_words, load_schema, types_of


def settings(schema: Schema, above: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield dotted key and schema of every setting and section, in the schema's order."""
    for name, part in schema["properties"].items():
        yield above + name, part
        if "object" in types_of(part):
            yield from settings(part, f"{above}{name}.")


def settings_table() -> str:
    """Return the table of config/config.yaml."""
    rows = []
    for key, part in settings(load_schema("config.schema.yaml")):
        if "object" in types_of(part):
            rows.append((f"**{key}**", "", "", "", part["description"]))
        else:
            unit = part.get("unit", "")
            rows.append((f"`{key}`", in_words(part), default_of(part), unit, part["description"]))
    return table(("key", "allowed", "default", "unit", "meaning"), rows)


def columns_table() -> str:
    """Return the table of the sample sheet's columns."""
    schema = load_schema("samples.schema.yaml")
    rows = [
        (
            f"`{name}`",
            "yes" if name in schema["required"] else "no",
            in_words(part),
            default_of(part) if "default" in part else "",
            part["description"],
        )
        for name, part in schema["properties"].items()
    ]
    return table(("column", "required", "allowed", "if left out", "meaning"), rows)


def updated(text: str) -> str:
    """Return the page with its tables updated."""
    text = replace_block(text, "columns", columns_table())
    return replace_block(text, "settings", settings_table())
