"""A rough road to a server: a TCP front that passes most requests on and maltreats some.

An ASGI app can answer wrongly, but it cannot drip a header, cut a body or reset a connection.
"""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from urllib.parse import urlsplit

DRIP_S = 0.02
PATIENCE_S = 30.0
"""How long a maltreated client is kept at most: far longer than any deadline of a test."""

Stop = threading.Event
Maltreat = Callable[[socket.socket, Stop], None]


def hang(client: socket.socket, stop: Stop) -> None:
    """Takes the request and never answers."""
    stop.wait(PATIENCE_S)


def drip_header(client: socket.socket, stop: Stop) -> None:
    """A header that grows by a byte now and then, so that no read ever times out."""
    client.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    _drip(client, stop)


def drip_body(client: socket.socket, stop: Stop) -> None:
    """A body that grows by a byte now and then."""
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{")
    _drip(client, stop)


def cut_header(client: socket.socket, stop: Stop) -> None:
    """Closes in the middle of a header."""
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: applica")


def cut_body(client: socket.socket, stop: Stop) -> None:
    """Announces more than it sends; what it sends is valid JSON."""
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{}")


def reset(client: socket.socket, stop: Stop) -> None:
    """Ends the connection with a reset instead of an answer."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@contextmanager
def rough_road(url: str, *, path: str, maltreat: Maltreat) -> Iterator[str]:
    """Base URL of a front of `url`: requests whose path matches from its start are maltreated."""
    pattern = re.compile(path)
    upstream = urlsplit(url)
    stop = threading.Event()
    with ExitStack() as stack:
        listener = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
        listener.settimeout(0.05)

        def serve_one(client: socket.socket) -> None:
            with closing(client), suppress(OSError):
                request = _read_request(client)
                if pattern.match(_path_of(request)):
                    maltreat(client, stop)
                else:
                    _pass_on(request, client, upstream.hostname or "", upstream.port or 80)

        def accept() -> None:
            while not stop.is_set():
                with suppress(TimeoutError):
                    client, _ = listener.accept()
                    client.settimeout(PATIENCE_S)
                    threading.Thread(target=serve_one, args=(client,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


def _drip(client: socket.socket, stop: Stop) -> None:
    for _ in range(int(PATIENCE_S / DRIP_S)):
        client.sendall(b" ")
        if stop.wait(DRIP_S):
            return


def _read_request(client: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _received(client)
    head, _, body = data.partition(b"\r\n\r\n")
    announced = re.search(rb"(?im)^content-length: *(\d+)", head)
    length = int(announced[1]) if announced else 0
    while len(body) < length:
        body += _received(client)
    return head + b"\r\n\r\n" + body


def _received(client: socket.socket) -> bytes:
    data = client.recv(65536)
    if not data:
        raise ConnectionError("the client went away")
    return data


def _path_of(request: bytes) -> str:
    return request.split(b" ", 2)[1].split(b"?")[0].decode("latin-1")


def _pass_on(request: bytes, client: socket.socket, host: str, port: int) -> None:
    # One request per connection: the server closes, so the end of its answer is the end of the stream.
    once = re.sub(rb"(?im)^connection:[^\r]*\r\n", b"", request, count=1)
    once = once.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
    with closing(socket.create_connection((host, port), timeout=PATIENCE_S)) as server:
        server.sendall(once)
        while data := server.recv(65536):
            client.sendall(data)
