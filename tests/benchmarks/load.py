"""A small load generator: kept-alive connections, one thread each, requests as ready-made bytes.

It shares the machine with the server, so what it measures is compared with a floor measured by
turns in the same run, never by itself.
"""

import socket
import statistics
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from types import TracebackType


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are in lower case; of several cookies each has its own entry."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: dict[str, str]


class Connection:
    """One kept-alive connection to the server."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> "Connection":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, request: bytes) -> Answer:
        """Send ready-made bytes and read the whole answer. Raises OSError when the server hangs up."""
        self.socket.sendall(request)
        head, separator, body = b"", b"", b""
        while not separator:
            head += self._receive()
            head, separator, body = head.partition(b"\r\n\r\n")
        status, headers, cookies = _parsed(head)
        length = int(headers.get("content-length", "0"))
        parts, received = [body], len(body)
        while received < length:
            part = self._receive()
            parts.append(part)
            received += len(part)
        return Answer(status, headers, b"".join(parts), cookies)

    def _receive(self) -> bytes:
        part = self.socket.recv(262_144)
        if not part:
            raise ConnectionResetError("The server closed the connection.")
        return part


def _parsed(head: bytes) -> tuple[int, dict[str, str], dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    cookies: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if name.lower() == "set-cookie":
            cookie, _, rest = value.strip().partition("=")
            cookies[cookie] = rest.partition(";")[0]
        else:
            headers[name.lower()] = value.strip()
    if headers.get("transfer-encoding"):
        raise OSError("The answer is chunked; this client wants a Content-Length.")
    return int(first.split()[1]), headers, cookies


def get(path: str, **headers: str) -> bytes:
    """The bytes of a GET as a browser sends it."""
    return _request("GET", path, headers, b"")


def post(path: str, body: bytes, **headers: str) -> bytes:
    """The bytes of a form's POST."""
    return _request("POST", path, {"content_type": "application/x-www-form-urlencoded", **headers}, body)


def _request(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept-Encoding: gzip"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


@dataclass
class Target:
    """What is asked for again and again, the status it must have, and its rates so far."""

    name: str
    request: bytes
    status: int = 200
    rates: list[float] = field(default_factory=list)
    errors: int = 0

    @property
    def rate(self) -> float:
        """The median of requests per second."""
        return statistics.median(self.rates)


def by_turns(port: int, targets: Sequence[Target], *, rounds: int, seconds: float, connections: int = 8) -> None:
    """Ask for each target in turn for a while, over and over, on the same connections."""
    opened = [Connection(port) for _ in range(connections)]
    try:
        for number in range(rounds + 1):
            for target in targets:
                rate = _rate(opened, target, seconds)
                if number:  # The first round fills the workers' caches.
                    target.rates.append(rate)
    finally:
        for connection in opened:
            connection.socket.close()


def _rate(connections: list[Connection], target: Target, seconds: float) -> float:
    counts = [0] * len(connections)
    deadline = perf_counter() + seconds

    def ask(index: int) -> None:
        while perf_counter() < deadline:
            try:
                if connections[index].send(target.request).status != target.status:
                    target.errors += 1
            except OSError:
                target.errors += 1
                connections[index] = Connection(connections[index].port)
            counts[index] += 1

    started = perf_counter()
    threads = [threading.Thread(target=ask, args=(index,)) for index in range(len(connections))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (perf_counter() - started)
