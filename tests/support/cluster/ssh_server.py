"""An sshd on the loopback interface, with keys of its own, as the head node of a Slurm cluster.

It listens on a free port, runs as the calling user, and reads no file of /etc/ssh. The user's own
shell settings (.bashrc) are not those of the tests, so jobs have another home folder.
"""

import getpass
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from snakemake_executor_plugin_ray import door
from support.cluster.slurm_cluster import SlurmCluster, free_ports, program
from support.cluster.waiting import wait_until

HOST = "hpc-head"
SERVER = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
SetEnv HOME={folder}
"""
CLIENT = """\
Host {host}
    HostName 127.0.0.1
    Port {port}
    User {user}
    IdentityFile {folder}/key
    IdentitiesOnly yes
    UserKnownHostsFile {folder}/known_hosts
    GlobalKnownHostsFile /dev/null
"""


def obstacle() -> str | None:
    """Return why no sshd can be started on this machine; None if one can."""
    missing = [name for name in ("sshd", "ssh", "ssh-keygen") if program(name) is None]
    return f"not installed: {', '.join(missing)} (Debian: openssh-server)" if missing else None


class HeadNode:
    """The head node of a private cluster, which can be reached with ssh.

    Attributes:
        folder: of keys, configuration and door.
        ssh: command with which HOST is reached.
        cluster: its Slurm.
    """

    def __init__(self, folder: Path, cluster: SlurmCluster) -> None:
        self.folder, self.cluster = folder, cluster
        (port,) = free_ports(1)
        for name in ("host_key", "key"):
            self.make_key(name)
        host_key = (folder / "host_key.pub").read_text()
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}")
        (folder / "authorized_keys").touch()
        values = {"folder": folder, "port": port, "host": HOST, "user": getpass.getuser()}
        (folder / "sshd_config").write_text(SERVER.format(**values))
        (folder / "ssh_config").write_text(CLIENT.format(**values))
        self.port, self.ssh = port, shlex.join(["ssh", "-F", str(folder / "ssh_config")])
        self.server: subprocess.Popen[bytes] | None = None

    def make_key(self, name: str) -> None:
        """Make a key pair in the folder, in place of an older one."""
        (self.folder / name).unlink(missing_ok=True)
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "bridge", "-f"]
        subprocess.run([*command, str(self.folder / name)], check=True)

    def install(self, *options: str) -> None:
        """Install the door for the key, with Slurm's programs of this cluster on PATH."""
        done = subprocess.run(
            [
                *(sys.executable, door.__file__, "install", "--key", str(self.folder / "key.pub")),
                *("--folder", str(self.door), *options),
                *("--authorized-keys", str(self.folder / "authorized_keys")),
            ],
            env=self.cluster.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    @property
    def door(self) -> Path:
        """Folder of the door; its name needs quotes."""
        return self.folder / "the door's 100%"

    def start(self) -> None:
        """Start sshd, and wait until it answers."""
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # sshd insists on it
        options = [
            "-D",
            "-f",
            str(self.folder / "sshd_config"),
            "-E",
            str(self.folder / "sshd.log"),
        ]
        sshd = program("sshd")
        assert sshd is not None
        self.server = subprocess.Popen([sshd, *options], start_new_session=True)
        wait_until(self._answers)

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def stop(self) -> None:
        """End sshd with all connections, as a reboot of the head node does."""
        assert self.server is not None
        for process in [*descendants(self.server.pid), self.server.pid]:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.server.wait()

    def script_of(self, job: str) -> str:
        """Return the script of a job as Slurm keeps it."""
        return self.cluster.run("scontrol", "write", "batch_script", job, "-").stdout

    def jobs(self, name: str = "") -> list[tuple[str, str]]:
        """Return id and state of all jobs, or of those of a name, oldest first."""
        listed = self.cluster.run(
            "squeue", "--noheader", "--states=all", "--sort=i", "--format=%A|%T|%j"
        ).stdout
        rows = [line.split("|", 2) for line in listed.splitlines()]
        return [(job, state) for job, state, of in rows if re.search(name, of)]


def descendants(ancestor: int) -> list[int]:
    """Return the processes below another one."""
    parents: dict[int, int] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(file.parent.name)] = int(file.read_text().rpartition(")")[2].split()[1])
    found: list[int] = []
    below = [ancestor]
    while below:
        parent = below.pop()
        children = [process for process, of in parents.items() if of == parent]
        found += children
        below += children
    return found
