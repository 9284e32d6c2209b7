"""Large objects and many objects: publish and fetch 5 GB, look at 1,000 objects, on SeaweedFS here.

Needs twice the size on the disk of TMPDIR, and removes everything at its end.
"""

import argparse
import gzip
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from readkin.objects.looks import look_at_all
from readkin.objects.settings import StorageSettings
from readkin.objects.store import ObjectStore
from support.object_servers import Bucket, credentials, identity, weed_server

BLOCK_BYTES = 64 << 20


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="verification.objects", description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=5.0)
    parser.add_argument("--objects", type=int, default=1000)
    return parser.parse_args(argv)


@contextmanager
def timed(what: str, megabytes: float = 0) -> Iterator[None]:
    """Print what a block of code took."""
    start, cpu = time.monotonic(), time.process_time()
    yield
    seconds, cpu_seconds = time.monotonic() - start, time.process_time() - cpu
    speed = f", {megabytes / seconds:.0f} MB/s" if megabytes else ""
    sys.stdout.write(f"{what}: {seconds:.1f} s, {cpu_seconds:.1f} CPU s{speed}\n")
    sys.stdout.flush()


def write_large_file(path: Path, size: int) -> None:
    """Write a file of which no two blocks are equal."""
    block, left = bytearray(os.urandom(BLOCK_BYTES)), size
    with path.open("wb") as file:
        while left > 0:
            block[:16] = os.urandom(16)
            left -= file.write(block[: min(left, BLOCK_BYTES)])


def verify_large_object(bucket: Bucket, store: ObjectStore, folder: Path, size: int) -> None:
    """Publish a large file and fetch it; the checksums must agree."""
    write_large_file(folder / "large", size)
    with timed(f"publish {size / 1e9:.1f} GB", size / 1e6):
        sha256 = store.publish(folder / "large", bucket.uri("large"))
    (folder / "large").unlink()
    head = bucket.client.head_object(Bucket=bucket.name, Key="large")
    assert head["ContentLength"] == size
    with timed(f"stream {size / 1e9:.1f} GB", size / 1e6), store.open(bucket.uri("large")) as file:
        assert sum(map(len, iter(lambda: file.read(1 << 20), b""))) == size
    with timed(f"fetch {size / 1e9:.1f} GB, with checksum", size / 1e6):
        assert store.fetch(bucket.uri("large"), folder / "back") == sha256
    (folder / "back").unlink()
    bucket.delete("large")


def verify_many_objects(bucket: Bucket, store: ObjectStore, count: int) -> None:
    """Look at many small objects."""
    content = gzip.compress(b"@read\nACGT\n+\nIIII\n")
    with ThreadPoolExecutor(16) as pool:
        addresses = list(pool.map(lambda n: bucket.put(f"{n}.fq.gz", content), range(count)))
    with timed(f"look at {count} objects"):
        found = look_at_all(store, addresses)
    assert len(found) == count
    assert not any(isinstance(result, Exception) for result in found.values())


def main(argv: list[str] | None = None) -> int:
    """Run the verification."""
    arguments = parse_arguments(argv)
    os.environ.update(credentials())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with weed_server(folder, [identity("tester", "Admin")]) as url:
            bucket = Bucket(url, "verification")
            store = ObjectStore(StorageSettings(endpoint_url=url))
            verify_many_objects(bucket, store, arguments.objects)
            size = int(arguments.gigabytes * 1e9)
            verify_large_object(bucket, store, folder, size)
    return 0


if __name__ == "__main__":
    sys.exit(main())
