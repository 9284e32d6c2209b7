"""docs/file-formats.md says what formats/hdf5_schema.py declares."""

from pathlib import Path

from readkin.formats.schema_page import schema_page

PAGE = Path(__file__).parents[2] / "docs" / "file-formats.md"


def test_page_is_what_the_declarations_give(request):
    if request.config.getoption("--fix"):
        PAGE.write_text(schema_page())
    assert PAGE.read_text() == schema_page(), "run `make docs`"
