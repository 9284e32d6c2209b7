"""Config files with the line of each key, and errors of YAML itself in plain words.

The nodes come from PyYAML, with which Snakemake reads config files: another reader may interpret
``yes`` or ``010`` differently. PyYAML silently keeps the last of two equal keys; here the second
one is an error.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rules.settings.mistakes import Diagnosis, Mistake

if TYPE_CHECKING:
    import yaml

KeyPath = tuple[str, ...]
"""``("embed", "key_k")``; its text is ``embed.key_k``."""


class ConfigEntry(NamedTuple):
    """A key of a config file: its line, from 1, and its value."""

    line: int
    value: Any


class ConfigFile(NamedTuple):
    """A config file: its name in messages, the entry of each key, and its mistakes."""

    name: str
    entries: dict[KeyPath, ConfigEntry]
    mistakes: list[Mistake]


def shown_path(path: Path, base_dir: Path) -> str:
    """Return ``path`` as messages show it: relative to ``base_dir`` if it is below it."""
    full = base_dir / path
    return str(full.relative_to(base_dir)) if full.is_relative_to(base_dir) else str(full)


def read_config_file(path: Path, base_dir: Path) -> ConfigFile:
    """Read a YAML or JSON config file; it raises nothing, all errors are in ``mistakes``."""
    import yaml

    name = shown_path(path, base_dir)
    try:
        text = (base_dir / path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        found = f"no readable file ({error.strerror})"
        return _broken_file(name, None, found, "a config file", "correct the path")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        found = "a byte that is not UTF-8"
        return _broken_file(name, line, found, "UTF-8 text", "save it as UTF-8")
    # Snakemake's loader: libyaml's parser, which is faster, accepts tabs that this one refuses.
    try:
        loader = yaml.FullLoader(text)
    except yaml.YAMLError as error:  # a character that no YAML file may contain
        return _syntax_error(name, text, error)
    try:
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            line = 1 if root is None else root.start_mark.line + 1
            found = "no keys" if root is None else "no `key: value` lines"
            return _broken_file(name, line, found, "settings such as `samples: config/samples.tsv`")
        file = ConfigFile(name, {}, [])
        for key, key_node, node in _walk(root, ()):
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                return _broken_file(name, line, "a list or section as a key", "a word")
            if key in file.entries:
                file.mistakes.append(_repeated_key(name, key, file.entries[key].line, line))
            is_section = isinstance(node, yaml.MappingNode)
            values: list[Any] = []
            for part in [key_node] if is_section else [key_node, node]:
                try:
                    values.append(loader.construct_object(part, deep=True))
                except ValueError:  # 2026-02-30 looks like a date, but is not
                    found = f'"{part.value}", which is neither date nor number'
                    advice = "write it in quotes if it is text"
                    return _broken_file(name, line, found, "a value", advice)
            file.entries[key] = ConfigEntry(line, {} if is_section else values[-1])
        return file
    except yaml.YAMLError as error:
        return _syntax_error(name, text, error)
    finally:
        loader.dispose()


def _walk(
    mapping: "yaml.MappingNode", above: KeyPath
) -> Iterator[tuple[KeyPath, "yaml.Node", "yaml.Node"]]:
    """Yield all keys below ``mapping`` in file order, with their nodes and values."""
    import yaml

    for key_node, value_node in mapping.value:
        key = (*above, str(key_node.value))
        yield key, key_node, value_node
        # Settings have up to three levels; the limit ends an alias that contains itself.
        if isinstance(value_node, yaml.MappingNode) and len(key) < 4:
            yield from _walk(value_node, key)


def _repeated_key(name: str, key: KeyPath, first: int, line: int) -> Mistake:
    found = f"this key a second time (first on line {first})"
    diagnosis = Diagnosis(found, "each key once", "delete one of the two lines")
    return Mistake(name, line, ".".join(key), diagnosis)


def _syntax_error(name: str, text: str, error: "yaml.YAMLError") -> ConfigFile:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        # Reader errors have a position in the text, but no mark.
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        return _broken_file(name, line, "a character that YAML does not allow", "plain text")
    lines = text.splitlines()
    # At the end of the file the mark is after the last line.
    line = min(mark.line + 1, max(len(lines), 1))
    content = lines[line - 1] if lines else ""
    if "\t" in content[: len(content) - len(content.lstrip())]:
        advice = "indent with two spaces instead of the tab"
        return _broken_file(name, line, "a tab", "spaces", advice)
    reason = getattr(error, "problem", None) or "a mistake"
    return _broken_file(
        name,
        line,
        f"text that is not YAML ({reason})",
        "lines such as `key: value`",
        "correct this line or the one above: a space after the colon, two spaces before keys of a"
        " section, quotes around text with special characters",
    )


def _broken_file(
    name: str, line: int | None, found: str, expected: str, what_to_do: str = "correct the file"
) -> ConfigFile:
    return ConfigFile(name, {}, [Mistake(name, line, "", Diagnosis(found, expected, what_to_do))])
