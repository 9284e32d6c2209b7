"""Dask, distributed: processes of one thread, started on this machine."""

from collections.abc import Callable

from dask.distributed import Client, LocalCluster


def run(do: Callable[[int], None], n_items: int, workers: int) -> None:
    """Do all items."""
    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        client.gather(client.map(do, range(n_items), pure=False))
