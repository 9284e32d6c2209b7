"""Import closures are found however deep, and nothing else is in them."""

from pathlib import Path

import pytest

from readkin.import_closure import closure_digest, import_closure, imported_names

FILES = {
    "stage.py": "import os\nfrom pkg.first import x\n",
    "pkg/__init__.py": "",
    "pkg/first.py": "def f():\n    import pkg.inner.second\n",
    "pkg/inner/__init__.py": "",
    "pkg/inner/second.py": "import numpy, pkg.first\n",
    "pkg/inner/matrix": "",
    "pkg/unused/__init__.py": "",
    "pkg/unused/data": "",
    "pkg/other.py": "",
    "pkg/pages/page.html": "",
    "pkg/__pycache__/first.nbi": "",
    "other.py": "",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path


def test_follows_imports_through_packages(folder: Path) -> None:
    found = import_closure(folder / "stage.py", folder / "pkg")
    assert [path.relative_to(folder).as_posix() for path in found] == [
        "stage.py",
        "pkg/__init__.py",
        "pkg/first.py",
        "pkg/inner/__init__.py",
        "pkg/inner/matrix",
        "pkg/inner/second.py",
        "pkg/pages/page.html",
    ]


@pytest.mark.parametrize(
    ("name", "is_part"),
    [
        ("stage.py", True),
        ("pkg/inner/second.py", True),
        ("pkg/inner/matrix", True),
        ("pkg/__init__.py", True),
        ("pkg/other.py", False),
        ("pkg/unused/data", False),
        ("other.py", False),
    ],
)
def test_digest_changes_with_every_byte_of_the_closure(
    folder: Path, name: str, is_part: bool
) -> None:
    before = closure_digest(folder / "stage.py", folder / "pkg")
    (folder / name).write_text((folder / name).read_text() + "#")
    assert (closure_digest(folder / "stage.py", folder / "pkg") != before) == is_part


def test_copies_have_the_same_digest(folder: Path) -> None:
    before = closure_digest(folder / "pkg" / "first.py", folder / "pkg")
    moved = folder / "moved"
    moved.mkdir()
    (folder / "pkg").rename(moved / "pkg")
    assert closure_digest(moved / "pkg" / "first.py", moved / "pkg") == before


def test_imports_within_any_statement_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "class C:\n    try:\n        import b\n    except ImportError as e:\n        import c\n"
        "    finally:\n        import d\n\nmatch 1:\n    case 1:\n        with x:\n"
        "            from e import f\n\nasync def g():\n    while 1:\n        import h; import i\n"
    )
    assert set(imported_names(tmp_path / "a.py")) == {"b", "c", "d", "e.f", "h", "i"}
