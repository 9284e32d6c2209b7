"""User-facing errors, reported on one line."""


class InputError(Exception):
    """Bad data or failed work: the command prints it as one line and exits with 1.

    Args:
        where: file, with ``:line``, record or HDF5 key where known.
        found: what is there.
        expected: what should be there.
        what_to_do: the user's next step.
    """

    exit_code = 1
    is_retryable = False  # the same command would end the same way

    def __init__(self, where: object, found: str, expected: str, what_to_do: str) -> None:
        # All four stay in args, so that the error survives the way out of a worker process.
        super().__init__(str(where), found, expected, what_to_do)

    def __str__(self) -> str:
        where, found, expected, what_to_do = self.args
        return f"{where}: found {found}, expected {expected}; {what_to_do}"


class UsageError(InputError):
    """Wrong arguments or configuration: exits with 2."""

    exit_code = 2


class SupersededError(InputError):
    """Slurm has started a newer attempt of this job: this one must not touch the output."""

    is_retryable = True
