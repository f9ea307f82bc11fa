"""A way to a store on which answers get lost: the store has acted, the caller does not hear it."""

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class LossyStore:
    """Passes on what it gets. The next `losing` answers to what has `marked` in it are lost: the
    connection closes, or stays open and silent."""

    def __init__(self, url: str, marked: bytes, listener: socket.socket) -> None:
        split = urlsplit(url)
        self.target = split.hostname or "127.0.0.1", split.port or 6379
        user, at, _ = split.netloc.rpartition("@")
        place = f"{user}{at}127.0.0.1:{listener.getsockname()[1]}"
        self.url = split._replace(netloc=place).geturl()
        self.marked = marked
        self.listener = listener
        self.losing = 0
        self.lost = 0
        self.silent = False

    def serve(self) -> None:
        with suppress(OSError):  # the listener is closed when the test ends
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.carry, args=[client], daemon=True).start()

    def carry(self, client: socket.socket) -> None:
        store = socket.create_connection(self.target)
        with client, store, selectors.DefaultSelector() as ready, suppress(OSError):
            for source in (client, store):
                ready.register(source, selectors.EVENT_READ)
            swallowing = False
            while True:
                for key, _ in ready.select():
                    data = key.fileobj.recv(65536)  # type: ignore[union-attr]  # both are sockets
                    if not data:
                        return
                    if key.fileobj is client:
                        if self.marked in data and self.losing > 0:
                            self.losing -= 1
                            swallowing = True
                        store.sendall(data)
                    elif not swallowing:
                        client.sendall(data)
                    else:
                        self.lost += 1
                        if not self.silent:
                            return


@contextmanager
def lossy(url: str, marked: bytes) -> Iterator[LossyStore]:
    """Yield a way to the store at this address; `url` is where callers find it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        store = LossyStore(url, marked, listener)
        server = threading.Thread(target=store.serve, daemon=True)
        server.start()
        yield store
        listener.shutdown(socket.SHUT_RDWR)  # wakes `accept`, which closing alone does not
        server.join()
