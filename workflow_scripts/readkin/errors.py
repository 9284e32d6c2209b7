"""User-facing errors, reported on one line."""


def error_sentence(where: object, found: str, expected: str, what_to_do: str) -> str:
    """Return the one-line message of an error: ``<where>: found <what>, expected <what>; <fix>``.

    Args:
        where: file, with ``:line``, record or key if known.
        found: what the file or setting contains.
        expected: what it should contain.
        what_to_do: the user's next step.
    """
    return f"{where}: found {found}, expected {expected}; {what_to_do}"


class InputError(Exception):
    """Bad data or failed work: the command prints it as one line and exits with 1.

    Args:
        where: file, with ``:line``, record or HDF5 key where known.
        found: what the file contains.
        expected: what it should contain.
        what_to_do: the user's next step.
    """

    exit_code = 1
    is_retryable = False  # the same command would fail in the same way

    def __init__(self, where: object, found: str, expected: str, what_to_do: str) -> None:
        # Pickle rebuilds an exception from args; so it passes from worker processes unchanged.
        super().__init__(str(where), found, expected, what_to_do)

    def __str__(self) -> str:
        return error_sentence(*self.args)


class UsageError(InputError):
    """Wrong arguments or configuration: the command exits with 2."""

    exit_code = 2


class SupersededError(InputError):
    """A newer attempt of this job has started: this one must not touch the output."""

    is_retryable = True
