"""Items that note in a file that they have been done; other processes can import this module."""

from pathlib import Path

UNLUCKY = 13


def note(folder: Path, item: int) -> None:
    """Add a line to the file of an item; item UNLUCKY fails."""
    if item == UNLUCKY:
        raise ValueError(f"item {item}")
    with (folder / str(item)).open("a") as file:
        file.write("done\n")
