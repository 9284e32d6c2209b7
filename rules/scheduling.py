"""Snakemake's job scheduler at thousands of jobs.

Snakemake 9.27 weighs all ready jobs against each other whenever it selects the next ones, and does
that ever more often: each selection starts a timer for another one, so that each finished job adds
a chain of selections that does not end. Thousands of small jobs would take many hours.
"""

import threading
from typing import Any

JOBS_CONSIDERED = 32
"""Ready jobs among which the next ones are selected; the next selection follows within a second."""


def bound_selection(scheduler: Any) -> None:
    """Make the cost of selecting a job independent of the number of jobs.

    Args:
        scheduler: Snakemake's ``JobScheduler``, before it selects the first job.
    """
    scheduler.subsample = scheduler.subsample or JOBS_CONSIDERED
    # The other algorithm goes through all remaining jobs to delete temporary files early, of which
    # there are none.
    scheduler._job_selector = scheduler.job_selector_greedy
    scheduler._schedule_reevalutation = SingleTimer(scheduler._open_jobs).start


class SingleTimer:
    """Timer that releases a semaphore, of which only one runs at a time."""

    def __init__(self, semaphore: threading.Semaphore) -> None:
        self._semaphore = semaphore
        self._is_running = threading.Lock()

    def start(self, seconds: float) -> None:
        """Release the semaphore after this time, or when a timer that runs already ends."""
        if self._is_running.acquire(blocking=False):
            threading.Timer(seconds, self._release).start()

    def _release(self) -> None:
        self._is_running.release()
        self._semaphore.release()
