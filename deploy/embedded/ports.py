"""Which TCP ports of this machine are free, and who holds one that is not."""

import socket

import psutil

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((HOST, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Distinct ports that nobody listened on a moment ago."""
    held = [socket.socket() for _ in range(count)]
    try:
        for each in held:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in held]
    finally:
        for each in held:
            each.close()


def holder(port: int) -> str | None:
    """Name and pid of the process that listens there; None if the system does not tell."""
    try:
        listening = [
            each.pid
            for each in psutil.net_connections(kind="tcp")
            if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port and each.pid
        ]
        return f"{psutil.Process(listening[0]).name()} (pid {listening[0]})" if listening else None
    except psutil.Error:
        return None
