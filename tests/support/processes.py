"""Processes that tests start or leave behind."""

from pathlib import Path


def is_running(process):
    """Return whether a process exists that has not ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
