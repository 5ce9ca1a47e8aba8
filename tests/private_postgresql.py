"""A PostgreSQL server of our own on a free loopback port, for tests and benchmarks.

It works where the tests run as root, which PostgreSQL refuses to, and it dies with the process
that started it, however that dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import glob
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg

if TYPE_CHECKING:
    from collections.abc import Sequence

_FOLDERS: Final = (
    "/usr/lib/postgresql/*/bin",  # Debian
    "/usr/pgsql-*/bin",  # Red Hat
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql*/bin",
)
_SETTINGS: Final = (
    "fsync=off",
    "full_page_writes=off",
    "autovacuum=off",
    "shared_buffers=32MB",
    "max_connections=60",
    "max_wal_size=2GB",
)
_PREFIX: Final = "mltrace-postgresql-"
_READY: Final = b"database system is ready to accept connections"
# In a process of its own, for what `preexec_fn` runs may hang: others of our threads hold locks.
_DIES_WITH_PARENT: Final = """\
import ctypes, os, signal, sys
parent, login, *command = sys.argv[1:]
if login:
    user, group = map(int, login.split(":"))
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
libc = ctypes.CDLL(None)
if hasattr(libc, "prctl"):
    libc.prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG, which a change of the user takes back
if os.getppid() == int(parent):
    os.execv(command[0], command)
"""
_IN_TRANSACTION: Final = (
    "SELECT pid, application_name, state, now() - xact_start, left(query, 200) "
    "FROM pg_stat_activity WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid()"
)
SECONDS: Final = 60
"""How long it is waited for the server, and by a statement of ours for what others hold."""
ROLE: Final = "mltrace"
PASSWORD: Final = "s3cret/%"
PASSWORD_QUOTED: Final = "s3cret%2F%25"


class NoPostgresqlError(Exception):
    """There is no PostgreSQL server to start; the text says why."""


def find_programs() -> Path:
    """Find the folder with the newest server, in the usual places and on the path."""
    folders = [folder for pattern in _FOLDERS for folder in glob.glob(pattern)]
    folders.sort(key=lambda folder: [int(part) for part in re.findall(r"\d+", folder)])
    found = shutil.which("initdb")
    for folder in [*([str(Path(found).parent)] if found else []), *reversed(folders)]:
        if all((Path(folder) / name).exists() for name in ("initdb", "postgres")):
            return Path(folder)
    raise NoPostgresqlError("no PostgreSQL server is installed (Debian: postgresql)")


class PrivatePostgresql:
    """A server with one database, which can be stopped, killed and started again.

    What is committed is kept if the server is killed, not if the machine is.
    """

    def __init__(self) -> None:
        self._programs = find_programs()
        self._login = _other_user() if os.getuid() == 0 else {}
        _remove_leftovers()
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp"))
        self._lock = os.open(self.folder, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(self._lock, fcntl.LOCK_EX)  # shows that it is in use
        self.port = 0
        self._server: subprocess.Popen[bytes] | None = None
        try:
            self._make()
        except BaseException:
            self.remove()
            raise

    @property
    def uri(self) -> str:
        """The URI of the database, password included."""
        return f"postgresql://{ROLE}:{PASSWORD_QUOTED}@127.0.0.1:{self.port}/team"

    def connect(
        self, *, database: str = "team", autocommit: bool = False
    ) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect as the superuser."""
        superuser = f"postgresql://postgres:{PASSWORD_QUOTED}@127.0.0.1:{self.port}/{database}"
        return psycopg.connect(
            superuser,
            autocommit=autocommit,
            connect_timeout=SECONDS,
            options=f"-c lock_timeout={SECONDS}s",
        )

    def execute(self, *statements: str, database: str = "team") -> list[tuple[Any, ...]]:
        """Run statements as the superuser; return the rows of the last one.

        Where another session does not let go of what they need, the error tells which.
        """
        with self.connect(database=database, autocommit=True) as connection:
            try:
                for statement in statements:
                    cursor = connection.execute(statement.encode())
            except psycopg.errors.LockNotAvailable as error:
                for session in connection.execute(_IN_TRANSACTION):
                    error.add_note(f"in a transaction: {session}")
                raise
            return cursor.fetchall() if cursor.description else []

    def cpu_seconds(self) -> float:
        """Tell how much CPU time the server and its processes have taken."""
        assert self._server is not None
        of_server = _ticks(self._server.pid)
        of_children = [_ticks(child)[:2] for child in _children(self._server.pid)]
        return sum(map(sum, [of_server, *of_children])) / os.sysconf("SC_CLK_TCK")

    def start(self) -> None:
        """Start the server, on the same port if it was up before."""
        for _ in range(5):
            self.port = self.port or _free_port()
            if self._start():
                return
            self.port = 0
        raise NoPostgresqlError(f"the server does not start; see {self.folder}/log")

    def stop(self) -> None:
        """Stop the server as an administrator does; clients are disconnected."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill the server and all its processes at once."""
        assert self._server is not None
        for child in _children(self._server.pid):
            with contextlib.suppress(ProcessLookupError):  # it was over just now
                os.kill(child, signal.SIGKILL)
        self._end(signal.SIGKILL)

    def remove(self) -> None:
        """Stop the server, and remove all that it wrote."""
        self._end(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)

    def _make(self) -> None:
        if self._login:
            os.chown(self.folder, self._login["user"], self._login["group"])
        data = str(self.folder / "data")
        command = [str(self._programs / "initdb"), "-D", data, "-U", "postgres"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        command += [*self._language(), f"--pwfile={self._password_file()}"]
        done = self._run(command)
        if done.returncode != 0:
            raise NoPostgresqlError(f"initdb: {done.stderr.decode(errors='replace')}")
        self.start()
        self.execute(
            f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'",
            f"CREATE DATABASE team OWNER {ROLE}",
            database="postgres",
        )

    def _language(self) -> list[str]:
        """Order texts as dictionaries do, so that what relies on that of code points is found."""
        options = self._run([str(self._programs / "initdb"), "--help"]).stdout
        is_known = b"--icu-locale" in options
        return ["--locale-provider=icu", "--icu-locale=en"] if is_known else []

    def _password_file(self) -> Path:
        path = self.folder / "password"
        path.write_text(PASSWORD)
        path.chmod(0o644)
        return path

    def _run(self, command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            capture_output=True,
            check=False,
            timeout=SECONDS,
            **self._login,
        )

    def _start(self) -> bool:
        settings = [f"port={self.port}", "listen_addresses=127.0.0.1", *_SETTINGS]
        settings += [f"unix_socket_directories={self.folder}", "logging_collector=off"]
        login = f"{self._login['user']}:{self._login['group']}" if self._login else ""
        self._server = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", "-c", _DIES_WITH_PARENT, str(os.getpid()), login),
                *(str(self._programs / "postgres"), "-D", str(self.folder / "data")),
                *(part for setting in settings for part in ("-c", setting)),
            ],
            cwd=self.folder,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        is_settled = threading.Event()
        ready: list[bool] = []
        reader = threading.Thread(
            target=self._read_log, args=(self._server, is_settled, ready), daemon=True
        )
        reader.start()
        is_settled.wait(SECONDS)
        return bool(ready)

    def _read_log(
        self, server: subprocess.Popen[bytes], is_settled: threading.Event, ready: list[bool]
    ) -> None:
        assert server.stderr is not None
        with server.stderr, (self.folder / "log").open("ab") as log:
            for line in server.stderr:
                log.write(line)
                log.flush()
                if _READY in line:
                    ready.append(True)
                    is_settled.set()
        is_settled.set()

    def _end(self, how: signal.Signals) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.send_signal(how)
            server.wait(SECONDS)


def _remove_leftovers() -> None:
    """Remove the folders of servers whose tests were killed."""
    for folder in glob.glob(f"/tmp/{_PREFIX}*"):
        with contextlib.suppress(OSError):
            lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                is_old = time.time() - os.fstat(lock).st_mtime > 60  # else it is being made
                if is_old and not _is_served(Path(folder)):
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def _is_served(folder: Path) -> bool:
    try:
        server = (folder / "data" / "postmaster.pid").read_text().split("\n")[0]
    except FileNotFoundError:
        return False
    return Path("/proc", server).exists()


def _other_user() -> dict[str, Any]:
    """Choose whom the server runs as, since it refuses to run as root."""
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise NoPostgresqlError("there is no user postgres or nobody to run the server as")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


def _ticks(pid: int) -> tuple[int, ...]:
    """Tell the CPU time of a process, and of its children that are over."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return tuple(int(field) for field in fields[11:15])
