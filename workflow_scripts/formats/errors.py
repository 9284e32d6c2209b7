"""Errors that are the user's to mend, told in one line."""


class InputError(Exception):
    """Bad data or failed work: the command prints it as one line and exits with 1.

    Args:
        where: file, with ``:line``, record or HDF5 key where known.
        found: what is there.
        expected: what should be there.
        what_to_do: the user's next step.
    """

    exit_code = 1

    def __init__(self, where: object, found: str, expected: str, what_to_do: str) -> None:
        super().__init__(f"{where}: found {found}, expected {expected}; {what_to_do}")


class UsageError(InputError):
    """Wrong arguments or configuration: exits with 2."""

    exit_code = 2
