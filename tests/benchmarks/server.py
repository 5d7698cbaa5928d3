"""The site as deployed: gunicorn with two workers on this machine, on a free port."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WORKERS, THREADS = 2, 4
START_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    pid: int

    def worker_pids(self) -> list[int]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def worker_megabytes(self) -> list[float]:
        """The resident memory of each worker (VmRSS, what `ps` calls RSS)."""
        return [_resident_kilobytes(pid) / 1024 for pid in self.worker_pids()]


def _resident_kilobytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError(f"Process {pid} has no VmRSS.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_server(*, port: int, log: Path) -> Iterator[Server]:
    """Serve with the settings of the environment; ends with the block."""
    command = [
        sys.executable,
        *("-m", "gunicorn", "conference.wsgi"),
        *("--bind", f"127.0.0.1:{port}"),
        *("--workers", str(WORKERS), "--worker-class", "gthread", "--threads", str(THREADS)),
        *("--keep-alive", "60", "--timeout", "120", "--log-level", "warning", "--no-control-socket"),
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=os.environ)
    try:
        server = Server(port, process.pid)
        _wait_until_ready(server, process, log)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_until_ready(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    from tests.benchmarks.load import Connection, get

    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with Connection(server.port) as connection:
                if connection.send(get("/readyz")).status == 200 and len(server.worker_pids()) == WORKERS:
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The server did not start:\n{log.read_text()[-3_000:]}")
