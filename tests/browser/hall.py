"""The hall's Wi-Fi: a wire between browser and server that can be cut, or carry nothing.

A browser's own “offline” switch does not reach its service workers.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit


class Wire:
    """Forwards connections to a server while it is up."""

    def __init__(self, server_url: str) -> None:
        parts = urlsplit(server_url)
        self._server = (parts.hostname, parts.port)
        self._open: set[socket.socket] = set()
        self._lets_through = threading.Event()
        self._listener: socket.socket | None = None
        self._port = 0
        self.mend()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def mend(self) -> None:
        """The network is there."""
        self._lets_through.set()
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self._port))
            self._port = self._listener.getsockname()[1]
            threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def cut(self) -> None:
        """No network: connections end, and no new one is made."""
        if self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        self._drop()

    def stall(self) -> None:
        """The worst of Wi-Fi: connections are made and nothing comes back."""
        self._lets_through.clear()
        self._drop()

    def _drop(self) -> None:
        for end in list(self._open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=[client], daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        self._open.add(client)
        self._lets_through.wait()
        try:
            server = socket.create_connection(self._server)
        except OSError:
            client.close()
            return
        self._open.add(server)
        back = threading.Thread(target=self._copy, args=[server, client], daemon=True)
        back.start()
        self._copy(client, server)
        back.join()
        for end in (client, server):
            self._open.discard(end)
            end.close()

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while received := source.recv(65_536):
                target.sendall(received)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def wire_to(server_url: str) -> Iterator[Wire]:
    wire = Wire(server_url)
    try:
        yield wire
    finally:
        wire.cut()
