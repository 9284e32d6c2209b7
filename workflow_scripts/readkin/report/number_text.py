"""Numbers formatted for tables and sentences."""

MISSING = "–"  # noqa: RUF001 (an en dash in tables: no value)
PERCENT = "\N{NO-BREAK SPACE}%"


def count_text(value: float | None) -> str:
    """Return an integer with separators: 1234567 -> "1,234,567"."""
    return MISSING if value is None else f"{value:,.0f}"


def decimal_text(value: float | None, digits: int = 1) -> str:
    """Return a number with a fixed number of decimals: 37.04 -> "37.0"."""
    return MISSING if value is None else f"{value:,.{digits}f}"


def score_text(value: float | None) -> str:
    """Return a measure between 0 and 1 with three decimals: 0.98765 -> "0.988"."""
    return decimal_text(value, 3)


def percent_text(fraction: float | None) -> str:
    """Return a percentage, never rounded to 0 % or 100 %: 0.97312 -> "97.3 %"."""
    if fraction is None:
        return MISSING
    percent = 100 * fraction
    if 0 < percent < 0.1:
        text = "< 0.1"
    elif 99.9 < percent < 100:
        text = "> 99.9"
    else:
        text = f"{percent:.0f}" if percent in (0, 100) else f"{percent:.1f}"
    return text.replace(" ", "\N{NO-BREAK SPACE}") + PERCENT


def share(part: float, whole: float) -> float | None:
    """Return ``part / whole``; None if ``whole`` is 0."""
    return part / whole if whole else None


def duration_text(seconds: float | None) -> str:
    """Return a duration: 4.21 -> "4.2 s", 75 -> "1 min 15 s", 5000 -> "1 h 23 min"."""
    if seconds is None:
        return MISSING
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60:,} h {minutes % 60:02d} min"


def memory_text(mebibytes: float | None) -> str:
    """Return MiB, the unit of Snakemake's benchmark tables, as text: 2048 -> "2.0 GiB"."""
    if mebibytes is None:
        return MISSING
    return f"{mebibytes / 1024:,.1f} GiB" if mebibytes >= 1024 else f"{mebibytes:,.0f} MiB"


def plural(number: int, noun: str) -> str:
    """Return a number with its noun: (1, "read") -> "1 read"; (2, "read") -> "2 reads"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def interval_text(start: int, width: int) -> str:
    """Return the integers of a bar: (150, 1) -> "150"; (150, 5) -> "150 to 154"."""
    return f"{start:,}" if width == 1 else f"{start:,} to {start + width - 1:,}"


def length_text(bases: int | None) -> str:
    """Return a length of sequence: 48502 -> "48.5 kb", 4641652 -> "4.64 Mb"."""
    if bases is None:
        return MISSING
    if bases < 1000:
        return f"{bases} bp"
    return f"{bases / 1e3:,.1f} kb" if bases < 1_000_000 else f"{bases / 1e6:,.2f} Mb"
