"""Snakemake's scheduler considers a bounded number of jobs, and keeps one timer."""

import inspect
import threading
import time
from types import SimpleNamespace

from snakemake.scheduling.job_scheduler import JobScheduler

from rules.scheduling import JOBS_CONSIDERED, SingleTimer, bound_selection


def test_one_timer_at_a_time():
    semaphore = threading.Semaphore(0)
    timer = SingleTimer(semaphore)
    for _ in range(5):
        timer.start(0.05)
    assert semaphore.acquire(timeout=5)
    time.sleep(0.2)
    assert not semaphore.acquire(blocking=False)
    timer.start(0.01)
    assert semaphore.acquire(timeout=5)


def test_number_of_jobs_that_the_user_chose_is_kept():
    for chosen, used in ((None, JOBS_CONSIDERED), (7, 7)):
        scheduler = SimpleNamespace(
            subsample=chosen, job_selector_greedy=max, _open_jobs=threading.Semaphore(0)
        )
        bound_selection(scheduler)
        assert (scheduler.subsample, scheduler._job_selector) == (used, max)


def test_snakemake_uses_what_is_replaced():
    """Otherwise another version of Snakemake would ignore it in silence."""
    source = inspect.getsource(JobScheduler)
    for use in (
        "self.subsample and n_total_needrun > self.subsample",
        "run_selector(self._job_selector)",
        "self._schedule_reevalutation(self.job_rate_limiter.timespan)",
        "self._open_jobs.acquire()",
    ):
        assert use in source
