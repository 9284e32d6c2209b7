"""Config files with the line of each key; mistakes of YAML itself, told in plain words.

The nodes come from PyYAML, which Snakemake reads config files with: another reader may take
``yes`` or ``010`` for something else. It silently keeps the last of two equal keys; here the
second is an error.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rules.settings.error_list import Mistake

if TYPE_CHECKING:
    import yaml

KeyPath = tuple[str, ...]
"""``("embed", "key_k")``; its text is ``embed.key_k``."""


class Entry(NamedTuple):
    """A key of a config file: its line, from 1, and its value."""

    line: int
    value: Any


class ConfigFile(NamedTuple):
    """A config file as read: its name in messages, each key's entry, what is wrong with it."""

    name: str
    entries: dict[KeyPath, Entry]
    mistakes: list[Mistake]


def shown(path: Path, base_dir: Path) -> str:
    """``path`` as messages name it: relative to the working directory where it lies below it."""
    full = base_dir / path
    return str(full.relative_to(base_dir)) if full.is_relative_to(base_dir) else str(full)


def read_config_file(path: Path, base_dir: Path) -> ConfigFile:
    """Read a YAML or JSON config file; raises nothing, all mistakes are in ``mistakes``."""
    import yaml

    name = shown(path, base_dir)
    try:
        text = (base_dir / path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        return _broken(name, None, f"no readable file ({error.strerror})", "a config file")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return _broken(name, line, "a byte that is not UTF-8", "UTF-8 text", "save it as UTF-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            line = 1 if root is None else root.start_mark.line + 1
            found = "no keys" if root is None else "no `key: value` lines"
            return _broken(name, line, found, "settings such as `samples: config/samples.tsv`")
        file = ConfigFile(name, {}, [])
        for key, line, node in _walk(root, ()):
            if key in file.entries:
                file.mistakes.append(_twice(name, key, file.entries[key].line, line))
            is_section = isinstance(node, yaml.MappingNode)
            try:
                value = {} if is_section else loader.construct_object(node, deep=True)
            except ValueError:  # 2026-02-30 looks like a date and is none
                found = f'"{node.value}", no date or number'
                return _broken(name, line, found, "a value", "write it in quotes if it is text")
            file.entries[key] = Entry(line, value)
        return file
    except yaml.YAMLError as error:
        return _syntax_error(name, text, error)
    finally:
        loader.dispose()


def _walk(
    mapping: "yaml.MappingNode", above: KeyPath
) -> Iterator[tuple[KeyPath, int, "yaml.Node"]]:
    """All keys below ``mapping`` in file order, with line and value."""
    import yaml

    for key_node, value_node in mapping.value:
        key = (*above, str(key_node.value))
        yield key, key_node.start_mark.line + 1, value_node
        # Settings have two levels; the limit ends an alias that contains itself.
        if isinstance(value_node, yaml.MappingNode) and len(key) < 4:
            yield from _walk(value_node, key)


def _twice(name: str, key: KeyPath, first: int, line: int) -> Mistake:
    return Mistake(
        name,
        line,
        ".".join(key),
        f"this key a second time (first on line {first})",
        "each key once",
        "delete one of the two lines",
    )


def _syntax_error(name: str, text: str, error: "yaml.YAMLError") -> ConfigFile:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        # Reader errors have a position in the text, but no mark.
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        return _broken(name, line, "a character that YAML does not allow", "plain text")
    lines = text.splitlines()
    # At the end of the file the mark lies behind the last line.
    line = min(mark.line + 1, max(len(lines), 1))
    content = lines[line - 1] if lines else ""
    if "\t" in content[: len(content) - len(content.lstrip())]:
        return _broken(name, line, "a tab", "spaces", "indent with two spaces instead of the tab")
    problem = getattr(error, "problem", None) or "a mistake"
    return _broken(
        name,
        line,
        f"text that is not YAML ({problem})",
        "lines such as `key: value`",
        "mend this line or the one above: a space after the colon, two spaces before keys of a"
        " section, quotes around text with special characters",
    )


def _broken(
    name: str, line: int | None, found: str, expected: str, what_to_do: str = "mend the file"
) -> ConfigFile:
    return ConfigFile(name, {}, [Mistake(name, line, "", found, expected, what_to_do)])
