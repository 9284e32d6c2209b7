"""S3 servers on loopback, and a proxy that breaks the connections to them."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

PROGRAMS = Path(sys.executable).parent
REGION = "us-east-1"
KEYS = ("tester", "secret-of-tester")
"""Access key and secret key of an administrator."""
SECONDS_TO_START = 60


def credentials(keys: tuple[str, str] = KEYS) -> dict[str, str]:
    """Variables of the environment: credentials, and nothing of the user's own configuration."""
    return {
        "AWS_ACCESS_KEY_ID": keys[0],
        "AWS_SECRET_ACCESS_KEY": keys[1],
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def client(url: str, keys: tuple[str, str] = KEYS) -> Any:
    """Client of a server, for the preparations of a test."""
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1],
        config=Config(s3={"addressing_style": "path"}),
    )


def free_ports(count: int) -> list[int]:
    """Return ports that nothing uses, and whose numbers plus 10,000 are ports, too."""
    sockets = []
    while len(sockets) < count:
        bound = socket.socket()
        bound.bind(("127.0.0.1", 0))
        sockets.append(bound)
    ports = [bound.getsockname()[1] for bound in sockets]
    for bound in sockets:
        bound.close()
    return ports


@contextmanager
def moto_server(folder: Path) -> Iterator[str]:
    """Run moto's S3, which verifies no signatures; yield its URL."""
    (port,) = free_ports(1)
    command = [PROGRAMS / "moto_server", "-H", "127.0.0.1", "-p", str(port)]
    with _running(command, folder, f"http://127.0.0.1:{port}") as url:
        yield url


@contextmanager
def weed_server(folder: Path, identities: list[dict[str, Any]]) -> Iterator[str]:
    """Run SeaweedFS, which verifies signatures and rights; yield its URL.

    Args:
        folder: for data, configuration and log.
        identities: as in its S3 configuration: name, credentials, actions.
    """
    names = ("s3", "master", "filer", "volume", "admin")
    free = iter(free_ports(2 * len(names)))
    ports = {name: next(free) for name in names}
    config = folder / "identities.json"
    config.write_text(json.dumps({"identities": identities}))
    (folder / "data").mkdir()
    command = [str(PROGRAMS / "weed"), "mini", f"-dir={folder / 'data'}", "-ip=127.0.0.1"]
    command += [f"-{name}.port={port}" for name, port in ports.items()]
    command += [f"-{name}.port.grpc={next(free)}" for name in names]
    command += [f"-s3.config={config}", "-webdav=false", "-admin.ui=false", "-s3.port.iceberg=0"]
    command += ["-s3.port.lance=0", "-ip.bind=127.0.0.1", "-s3.autoCreateBucket=false"]
    with _running(command, folder, f"http://127.0.0.1:{ports['s3']}") as url:
        yield url


def identity(name: str, *actions: str) -> dict[str, Any]:
    """An identity of SeaweedFS, with the secret key ``secret-of-<name>``."""
    keys = [{"accessKey": name, "secretKey": f"secret-of-{name}"}]
    return {"name": name, "credentials": keys, "actions": list(actions)}


@contextmanager
def _running(command: list[Any], folder: Path, url: str) -> Iterator[str]:
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, cwd=folder, start_new_session=True
        )
        try:
            _wait(url, process, log)
            yield url
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(url: str, process: subprocess.Popen, log: Path) -> None:
    """Wait until the server answers."""
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end and process.poll() is None:
        with suppress(Exception):
            client(url).list_buckets()
            return
        time.sleep(0.2)
    raise AssertionError(f"no server at {url}: {log.read_text()[-2000:]}")


class FaultyProxy:
    """TCP proxy in front of a server of one request per connection, with faults on demand.

    Attributes:
        url: of the proxy.
        busy: number of next requests that are answered with 503.
        cut_bytes: bytes after which each answer is cut; 0 for none.
        cut_requests: number of next requests cut after ``cut_bytes`` sent, as uploads; 0 for none.
        delay: seconds before each answer begins.
        requests: number of requests by method.
    """

    def __init__(self, server: str) -> None:
        host, port = server.removeprefix("http://").split(":")
        self._server = host, int(port)
        self.busy = self.cut_bytes = self.cut_requests = 0
        self.delay = 0.0
        self.requests: Counter[str] = Counter()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop accepting connections."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            first = connection.recv(1 << 16)
            if not first:
                return
            with self._lock:
                self.requests[first.split(b" ", 1)[0].decode()] += 1
                is_busy = self.busy > 0
                self.busy -= is_busy
            if is_busy:
                connection.sendall(
                    b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\n"
                    b"Connection: close\r\nContent-Length: 63\r\n\r\n"
                    b"<Error><Code>SlowDown</Code><Message>wait</Message></Error>    "
                )
                return
            time.sleep(self.delay)
            with socket.create_connection(self._server) as server:
                server.sendall(first)
                up = threading.Thread(target=self._upwards, args=(connection, server), daemon=True)
                up.start()
                self._downwards(server, connection)

    def _upwards(self, client: socket.socket, server: socket.socket) -> None:
        sent = 0
        with suppress(OSError):
            while data := client.recv(1 << 16):
                server.sendall(data)
                sent += len(data)
                if self.cut_requests > 0 and sent > self.cut_bytes:
                    self.cut_requests -= 1
                    client.shutdown(socket.SHUT_RDWR)
                    server.shutdown(socket.SHUT_RDWR)
                    return

    def _downwards(self, server: socket.socket, client: socket.socket) -> None:
        left = self.cut_bytes or sys.maxsize
        while left > 0 and (data := server.recv(min(left, 1 << 16))):
            client.sendall(data)
            left -= len(data)
        client.shutdown(socket.SHUT_RDWR)  # also ends the thread of the other direction


class Bucket:
    """A bucket of a server, for tests.

    Attributes:
        url: of the server.
        name: of the bucket.
        client: with the rights of an administrator.
    """

    def __init__(self, url: str, name: str) -> None:
        self.url, self.name, self.client = url, name, client(url)
        self.client.create_bucket(Bucket=name)

    def uri(self, key: str) -> str:
        """Address of an object."""
        return f"s3://{self.name}/{key}"

    def put(self, key: str, content: bytes, **options: Any) -> str:
        """Write an object; return its address."""
        self.client.put_object(Bucket=self.name, Key=key, Body=content, **options)
        return self.uri(key)

    def get(self, key: str) -> bytes:
        """Content of an object."""
        return self.client.get_object(Bucket=self.name, Key=key)["Body"].read()

    def delete(self, key: str) -> None:
        """Remove an object."""
        self.client.delete_object(Bucket=self.name, Key=key)

    def keys_below(self, prefix: str = "") -> list[str]:
        """Keys of all objects, sorted."""
        found = self.client.list_objects_v2(Bucket=self.name, Prefix=prefix)
        return sorted(item["Key"] for item in found.get("Contents", ()))

    def unfinished_uploads(self) -> int:
        """Number of multipart uploads that were neither completed nor aborted."""
        return len(self.client.list_multipart_uploads(Bucket=self.name).get("Uploads", ()))
