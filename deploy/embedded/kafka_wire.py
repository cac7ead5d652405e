"""One question to a Kafka broker, asked without a client: how many brokers serve now."""

import socket
import struct
from typing import Final

METADATA: Final = 3
VERSION: Final = 1
CLIENT: Final = b"lianzhi"
PATIENCE: Final = 1.0


def brokers(host: str, port: int) -> int:
    """How many brokers the cluster has that serve; OSError while nobody answers there."""
    with socket.create_connection((host, port), PATIENCE) as connection:
        connection.settimeout(PATIENCE)
        connection.sendall(request())
        (length,) = struct.unpack(">i", _receive(connection, 4))
        return count(_receive(connection, length))


def request() -> bytes:
    """A metadata request that names no topic."""
    body = struct.pack(">hhih", METADATA, VERSION, 1, len(CLIENT)) + CLIENT + struct.pack(">i", 0)
    return struct.pack(">i", len(body)) + body


def count(answer: bytes) -> int:
    """The length of the list of brokers, which follows the request's number."""
    (number,) = struct.unpack_from(">i", answer, 4)
    return int(number)


def _receive(connection: socket.socket, length: int) -> bytes:
    received = connection.recv(length, socket.MSG_WAITALL)
    if len(received) < length:
        raise ConnectionResetError("The broker closed the connection in the middle of its answer.")
    return received
