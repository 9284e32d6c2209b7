"""MariaDB and slurmdbd of a private cluster, for accounting as with `SlurmSettings: Database`.

Both live in the cluster's folder and listen on free ports of 127.0.0.1; a database server that this
machine runs for others is not touched.
"""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
from pathlib import Path

NEEDED = ("mariadbd", "mariadb-install-db", "slurmdbd")

SLURMDBD_CONF = """\
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
DbdHost={host}
DbdAddr=127.0.0.1
DbdPort={port}
SlurmUser={user}
LogFile={folder}/log/slurmdbd.log
PidFile={folder}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={database_port}
StorageUser=slurm
StoragePass={password}
StorageLoc=slurm_acct_db
"""
FIRST_STATEMENTS = """\
create database slurm_acct_db;
create user 'slurm'@'127.0.0.1' identified by '{password}';
grant all on slurm_acct_db.* to 'slurm'@'127.0.0.1';
"""


def missing_programs() -> list[str]:
    """Return the programs that accounting needs and this machine lacks."""
    return [name for name in NEEDED if _program(name) is None]


def database_command(folder: Path, port: int, password: str) -> list[str]:
    """Make an empty database in ``folder`` and return the command that serves it."""
    data = folder / "database"
    user = pwd.getpwuid(os.geteuid()).pw_name
    subprocess.run(
        [
            str(_program("mariadb-install-db")),
            "--no-defaults",
            f"--datadir={data}",
            f"--user={user}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ],
        check=True,
        capture_output=True,
    )
    first = folder / "first.sql"
    first.touch(mode=0o600)
    first.write_text(FIRST_STATEMENTS.format(password=password))
    return [
        str(_program("mariadbd")),
        "--no-defaults",
        f"--datadir={data}",
        f"--user={user}",
        f"--socket={folder / 'mariadb.socket'}",
        "--bind-address=127.0.0.1",
        f"--port={port}",
        f"--pid-file={folder / 'mariadb.pid'}",
        f"--init-file={first}",
        f"--log-error={folder / 'log/mariadb.log'}",
        "--skip-name-resolve",
        "--innodb-buffer-pool-size=32M",
        "--innodb-flush-log-at-trx-commit=0",
    ]


def write_slurmdbd_conf(folder: Path, port: int, database_port: int) -> str:
    """Write slurmdbd.conf, which only its owner may read; return the database's password."""
    password = secrets.token_hex(16)
    file = folder / "slurmdbd.conf"
    file.touch(mode=0o600)
    file.write_text(
        SLURMDBD_CONF.format(
            folder=folder,
            host=socket.gethostname().split(".")[0],
            port=port,
            user=pwd.getpwuid(os.geteuid()).pw_name,
            database_port=database_port,
            password=password,
        )
    )
    return password


def answers(port: int) -> bool:
    """Return whether a process listens on ``port`` of 127.0.0.1."""
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def _program(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
