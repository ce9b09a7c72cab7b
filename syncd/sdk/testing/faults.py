"""Servers that misbehave on purpose, on loopback: every way in which an answer can go wrong.

A script gets one request's socket and does with it what it wants. `rough.rough_road` plants such a
script in front of a working emulator; `faulty` serves nothing else:

    with faulty(rate_limited({"Retry-After": "1"}), answer(200, b"{}")) as server:
        session.get(server.url)                # the second request gets the second script
        assert len(server.requests) == 2
"""

from __future__ import annotations

import gzip
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syncd.sdk.testing.rough import PATIENCE_S, Maltreat, Stop

MIB = 1024 * 1024
JSON = "application/json"
_CHUNK = 4 * 1024


@dataclass(slots=True)
class FaultyServer:
    """What a script server was asked.

    Attributes:
        requests: Heads as they came: request line and headers.
        connections: How many were accepted.
    """

    url: str
    requests: list[str] = field(default_factory=list)
    connections: int = 0


@contextmanager
def faulty(
    *scripts: Maltreat, tls: ssl.SSLContext | None = None, reads: bool = True
) -> Iterator[FaultyServer]:
    """Answers the n-th request by the n-th script, and all further ones by the last.

    Each connection serves one request, unless its script reads more.

    Args:
        tls: Speaks TLS by this context; the address is https then.
        reads: Whether the request is read first. False for scripts that act on the bare connection,
            as before or in the middle of a TLS handshake: the address is https then.
    """
    stop = threading.Event()
    scheme = "https" if tls or not reads else "http"
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.settimeout(0.02)
        server = FaultyServer(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")

        def serve_one(client: socket.socket, script: Maltreat) -> None:
            with closing(client), suppress(OSError):
                client.settimeout(PATIENCE_S)
                talk = tls.wrap_socket(client, server_side=True) if tls else client
                with closing(talk):
                    if reads:
                        server.requests.append(_head(talk))
                    script(talk, stop)

        def accept() -> None:
            while not stop.is_set():
                with suppress(TimeoutError):
                    client, _ = listener.accept()
                    script = scripts[min(server.connections, len(scripts) - 1)]
                    server.connections += 1
                    threading.Thread(target=serve_one, args=(client, script), daemon=True).start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield server
        finally:
            stop.set()
            accepting.join()


@contextmanager
def refusing() -> Iterator[str]:
    """An address whose connections are refused: the port is taken, nobody listens."""
    with closing(socket.socket()) as holder:
        holder.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{holder.getsockname()[1]}"


# ---------------------------------------------------------------------- whole answers


def answer(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Maltreat:
    """A whole, well-formed answer."""

    def script(client: socket.socket, stop: Stop) -> None:
        announced = {
            "Content-Type": JSON,
            "Content-Length": str(len(body)),
            "Connection": "close",
            **(headers or {}),
        }
        client.sendall(head(status, announced) + body)

    return script


def head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Scripted", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def rate_limited(headers: Mapping[str, str] | None = None) -> Maltreat:
    """429, with whatever the vendor says about when."""
    return answer(429, b'{"message": "slow down"}', headers)


def html_page(status: int = 200) -> Maltreat:
    """What a login page, a proxy or an outage puts in the place of JSON."""
    return answer(status, b"<!DOCTYPE html><html><body>Log in</body></html>", {"Content-Type": "text/html"})


def endless_redirect(status: int = 302) -> Maltreat:
    """To itself, for ever."""
    return answer(status, b"", {"Location": "/around"})


def gzip_bomb(megabytes: int = 200, *, announced: bool = True) -> Maltreat:
    """A small body that unpacks to a large one, valid JSON; `announced` as in `huge_body`."""
    packed = gzip.compress(b'"' + b" " * (megabytes * MIB) + b'"', compresslevel=9)
    coded = {"Content-Encoding": "gzip"}
    if announced:
        return answer(200, packed, coded)
    parts = (packed[at : at + _CHUNK] for at in range(0, len(packed), _CHUNK))
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return raw(
        head(200, {"Content-Type": JSON, "Transfer-Encoding": "chunked", **coded}) + body + b"0\r\n\r\n"
    )


def huge_body(megabytes: int = 200, *, announced: bool = True) -> Maltreat:
    """As large as the client will take; `announced` by Content-Length, or chunk by chunk."""

    def script(client: socket.socket, stop: Stop) -> None:
        block = b" " * MIB
        if announced:
            client.sendall(head(200, {"Content-Type": JSON, "Content-Length": str(megabytes * MIB)}))
            for _ in range(megabytes):
                client.sendall(block)
            return
        client.sendall(head(200, {"Content-Type": JSON, "Transfer-Encoding": "chunked"}))
        for _ in range(megabytes):
            client.sendall(b"%x\r\n%s\r\n" % (MIB, block))
        client.sendall(b"0\r\n\r\n")

    return script


# ---------------------------------------------------------------------- answers that are not whole


def raw(data: bytes) -> Maltreat:
    """These bytes, and then the end of the connection."""

    def script(client: socket.socket, stop: Stop) -> None:
        client.sendall(data)

    return script


def drip(start: bytes, *, every_s: float = 0.02, byte: bytes = b" ") -> Maltreat:
    """`start`, and then a byte now and then, so that no read ever times out."""

    def script(client: socket.socket, stop: Stop) -> None:
        client.sendall(start)
        while not stop.wait(every_s):
            client.sendall(byte)

    return script


def chunked_cut() -> Maltreat:
    """A chunked body without its last chunk; what came is valid JSON."""
    return raw(head(200, {"Content-Type": JSON, "Transfer-Encoding": "chunked"}) + b"2\r\n{}\r\n")


def unframed_drip(*, every_s: float = 0.02) -> Maltreat:
    """A body that ends with its connection, and drips: once shut it looks whole, and is valid JSON."""
    return drip(head(200, {"Content-Type": JSON, "Connection": "close"}) + b"{}", every_s=every_s)


def handshake_drip(*, every_s: float = 0.02) -> Maltreat:
    """The start of a TLS record, byte by byte. For `reads=False`."""
    return drip(b"\x16\x03\x03\x40\x00", every_s=every_s, byte=b"\x02")


def closing_kept(body: bytes) -> Maltreat:
    """Answers and keeps the connection, then hangs up on its second request."""

    def script(client: socket.socket, stop: Stop) -> None:
        answer(200, body, {"Connection": "keep-alive"})(client, stop)
        client.recv(1)

    return script


# ---------------------------------------------------------------------- TLS


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopbackTls:
    """A certificate for 127.0.0.1 that nobody trusts who was not given `ca_bundle`."""

    server: ssl.SSLContext
    ca_bundle: str


def loopback_tls(directory: Path) -> LoopbackTls:
    """A fresh certificate; its files go into `directory`."""
    from cryptography import x509  # noqa: PLC0415  # slow to import, and few tests need it
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    loopback = x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([loopback]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    ca_bundle = directory / "loopback.pem"
    ca_bundle.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = directory / "loopback.key"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(ca_bundle, private)
    return LoopbackTls(server=server, ca_bundle=str(ca_bundle))


def _head(client: socket.socket) -> str:
    """The request's head; its body is read as far as Content-Length says."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(client)
    text, _, body = data.partition(b"\r\n\r\n")
    lengths = [
        line.split(b":")[1] for line in text.split(b"\r\n") if line.lower().startswith(b"content-length:")
    ]
    while lengths and len(body) < int(lengths[0]):
        body += _some(client)
    return text.decode("latin-1")


def _some(client: socket.socket) -> bytes:
    data = client.recv(64 * 1024)
    if not data:
        raise ConnectionError("the client went away")
    return data
