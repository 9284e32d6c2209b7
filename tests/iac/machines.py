"""Machines of the mocked account, as far as `ray up` can tell: all of them are this one.

Session Manager is a stub of `aws` that starts sshd for each login, so there is no open port.
Programs that would change this machine are stubs too: sudo, mount, and `ray stop`, which would end
every Ray.
"""

import getpass
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

HEAD_KEY = "HEADNODEHEADNODEHEAD"  # access key of the head node
SSHD = """\
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
SetEnv HOME={folder}/home
"""
LOG = 'echo "$(basename "$0") $*" >> {folder}/calls\n'
# On the user's machine: Session Manager to an instance.
SESSION = (
    LOG
    + """\
case "$*" in
    "ssm start-session --region us-east-2 --target i-"*" portNumber=22") ;;
    *) exit 2 ;;
esac
exec {sshd} -i -f {folder}/sshd_config -E {folder}/sshd.log
"""
)
# On the nodes.
STUBS = {
    "aws": LOG,
    "mountpoint": "exit 1\n",
    "sudo": LOG + 'if [ "$1" = mkdir ]; then exec "$@"; fi\n',
    "ssh": LOG + 'exec {ssh} -F {folder}/ssh_config "$@"\n',
    # Nodes have an address of the mocked network; Ray itself uses the loopback interface here.
    "ray": LOG
    + """\
here="--node-ip-address=127.0.0.1 --object-store-memory=100000000"
case "$*" in
    stop) ;;
    *--head*) exec "{ray}" "$@" $here --temp-dir={folder}/head ;;
    *) exec "{ray}" start --address=127.0.0.1:{port} --disable-usage-stats $here \\
        --temp-dir={folder}/worker$$ ;;
esac
""",
}
PROFILE = """\
export PATH={folder}/bin:$PATH AWS_ENDPOINT_URL={endpoint} AWS_DEFAULT_REGION=us-east-2
export AWS_ACCESS_KEY_ID={head_key} AWS_SECRET_ACCESS_KEY=mocked AWS_EC2_METADATA_DISABLED=true
"""
WORKERS = """\
Host 10.20.*
    # ssh takes ~ from the list of users, not from HOME.
    IdentityFile {folder}/home/ray_bootstrap_key.pem
    ProxyCommand {sshd} -i -f {folder}/sshd_config -E {folder}/sshd.log
"""


def program(name: str) -> str | None:
    """Return the path of a program; sshd is not on every user's PATH."""
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")


def missing_programs() -> list[str]:
    """Return the programs that these machines need and that are not installed here."""
    return [name for name in ("sshd", "ssh", "ssh-keygen", "rsync") if program(name) is None]


class Machines:
    """This machine in the role of all instances.

    Attributes:
        folder: of everything that the nodes write.
        endpoint: address of the mocked account.
        port: of Ray on the head node.
    """

    def __init__(self, folder: Path, endpoint: str, port: int) -> None:
        self.folder, self.endpoint, self.port = folder, endpoint, port
        values = {
            **{
                "head_key": HEAD_KEY,
                "folder": folder,
                "endpoint": endpoint,
                "port": port,
                "sshd": program("sshd"),
            },
            **{"ssh": program("ssh"), "ray": Path(sys.executable).with_name("ray")},
        }
        for name in ("bin", "home", "laptop", "fsx/readkin/.venv/bin"):
            (folder / name).mkdir(parents=True)
        for name, text in STUBS.items():
            self._program(folder / "bin" / name, text.format(**values))
        (folder / "fsx/readkin/.venv/bin/ray").symlink_to(folder / "bin/ray")
        self._program(folder / "laptop/aws", SESSION.format(**values))
        (folder / "home/.bashrc").write_text(PROFILE.format(**values))
        (folder / "sshd_config").write_text(SSHD.format(**values))
        (folder / "ssh_config").write_text(WORKERS.format(**values))
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "host_key")]
        subprocess.run(command, check=True)
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # sshd insists on it

    @staticmethod
    def _program(path: Path, text: str) -> None:
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)

    def configuration(self, text: str) -> Path:
        """Write ray.yaml with the paths, the user and the port of this machine."""
        text = text.replace("/fsx", f"{self.folder}/fsx").replace("6379", str(self.port))
        text = re.sub("ssh_user: .*", f"ssh_user: {getpass.getuser()}", text)
        path = self.folder / "readkin-ray.yaml"
        path.write_text(text)
        return path

    def accept(self, private_key: Path) -> None:
        """Let the owner of a key log in."""
        command = ["ssh-keygen", "-y", "-f", str(private_key)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        (self.folder / "authorized_keys").write_text(done.stdout)

    def calls(self) -> list[str]:
        """Return the calls of stubs so far."""
        return (self.folder / "calls").read_text().splitlines()

    def end(self) -> None:
        """End what still runs: processes with the folder in their command."""
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if str(self.folder).encode() in file.read_bytes():
                    os.kill(int(file.parent.name), signal.SIGKILL)
