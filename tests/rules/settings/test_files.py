"""Lines of keys, and errors of YAML itself."""

from pathlib import Path

import pytest

from rules.settings.files import read_config_file


def read(folder: Path, content: bytes):
    (folder / "config.yaml").write_bytes(content)
    return read_config_file(Path("config.yaml"), folder)


def test_lines_and_values_of_all_keys(tmp_path: Path):
    file = read(tmp_path, b"\xef\xbb\xbf# note\nsamples: s.tsv\r\n\ntrim:\n  min_quality: 010\n")
    assert file.mistakes == []
    assert {key: tuple(entry) for key, entry in file.entries.items()} == {
        ("samples",): (2, "s.tsv"),
        ("trim",): (4, {}),
        ("trim", "min_quality"): (5, 8),  # YAML 1.1, as Snakemake reads it
    }


def test_json_has_lines_too(tmp_path: Path):
    file = read(tmp_path, b'{\n  "trim": {\n    "min_quality": 3}}\n')
    assert file.entries["trim", "min_quality"] == (3, 3)


def test_an_alias_that_contains_itself_ends(tmp_path: Path):
    file = read(tmp_path, b"trim: &t\n  more: *t\n")
    assert file.entries["trim", "more", "more"].line == 2


def test_key_twice(tmp_path: Path):
    file = read(tmp_path, b"trim:\n  min_quality: 3\n  # other\n  min_quality: 4\nembed:\ntrim:\n")
    assert [str(mistake) for mistake in file.mistakes] == [
        "config.yaml:4: trim.min_quality: found this key a second time (first on line 2), "
        "expected each key once; delete one of the two lines",
        "config.yaml:6: trim: found this key a second time (first on line 1), "
        "expected each key once; delete one of the two lines",
    ]


ADVICE = (
    "expected lines such as `key: value`; correct this line or the one above: a space after the "
    "colon, two spaces before keys of a section, quotes around text with special characters"
)
BROKEN = {
    "tab": (
        b"trim:\n\tmin_quality: 3\n",
        "config.yaml:2: found a tab, expected spaces; indent with two spaces instead of the tab",
    ),
    "no colon": (
        b"trim:\n  min_quality 3\n  k: 2\n",
        "config.yaml:3: found text that is not YAML (mapping values are not allowed here), "
        f"{ADVICE}",
    ),
    "no end of quotes": (
        b'trim:\n  adapter_1: "ACGT\nembed:\n',
        "config.yaml:3: found text that is not YAML (found unexpected end of stream), " + ADVICE,
    ),
    "no end of brackets": (
        b"trim: {min_quality: 3\nembed: {}\n",
        "config.yaml:2: found text that is not YAML (expected ',' or '}', but got ':'), " + ADVICE,
    ),
    "other indentation": (
        b"trim:\n  min_quality: 3\n min_length_bp: 3\n",
        "config.yaml:3: found text that is not YAML (expected <block end>, but "
        "found '<block mapping start>'), " + ADVICE,
    ),
    "section as a key": (
        b"cluster:\n?  join_mates: true\n",
        "config.yaml:2: found a list or section as a key, expected a word; correct the file",
    ),
    "date that is none as a key": (
        b"2026-02-30: 1\n",
        'config.yaml:1: found "2026-02-30", which is neither date nor number, expected a value; '
        "write it in quotes if it is text",
    ),
    "unknown tag": (
        b"trim:\n  min_quality: !number 3\n",
        "config.yaml:2: found text that is not YAML (could not determine a constructor for the "
        f"tag '!number'), {ADVICE}",
    ),
    "tab within a key": (
        b"samples: s.tsv\nt\trim: {}\n",
        "config.yaml:2: found text that is not YAML (found character '\\t' that cannot start any "
        f"token), {ADVICE}",
    ),
    "control character": (
        b"samples: s.tsv\ntrim: a\x01b\n",
        "config.yaml:2: found a character that YAML does not allow, expected plain text; "
        "correct the file",
    ),
    "no such day": (
        b"report:\n  title: 2026-02-30\n",
        'config.yaml:2: found "2026-02-30", which is neither date nor number, expected a value; '
        "write it in quotes if it is text",
    ),
    "Latin-1": (
        b"samples: s.tsv\nreport:\n  title: K\xfcken\n",
        "config.yaml:3: found a byte that is not UTF-8, expected UTF-8 text; save it as UTF-8",
    ),
    "only comments": (
        b"# nothing\n",
        "config.yaml:1: found no keys, expected settings such as `samples: config/samples.tsv`; "
        "correct the file",
    ),
    "list": (
        b"# a list\n- samples\n",
        "config.yaml:2: found no `key: value` lines, expected settings such as "
        "`samples: config/samples.tsv`; correct the file",
    ),
}


@pytest.mark.parametrize(("content", "message"), BROKEN.values(), ids=BROKEN)
def test_broken_file(tmp_path: Path, content: bytes, message: str):
    file = read(tmp_path, content)
    assert [str(mistake) for mistake in file.mistakes] == [message]


def test_folder_instead_of_a_file(tmp_path: Path):
    file = read_config_file(Path(), tmp_path)
    assert str(file.mistakes[0]) == (
        ".: found no readable file (Is a directory), expected a config file; correct the path"
    )
