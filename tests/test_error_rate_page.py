"""docs/error-rates.md says what join_settings.py holds."""

from pathlib import Path

from readkin.error_rate_page import error_rate_page

PAGE = Path(__file__).parents[1] / "docs" / "error-rates.md"


def test_page_is_what_the_settings_give(request):
    if request.config.getoption("--fix"):
        PAGE.write_text(error_rate_page())
    assert PAGE.read_text() == error_rate_page(), "run `make docs`"
