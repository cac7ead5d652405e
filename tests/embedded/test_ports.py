"""Ports of this machine."""

import os
import socket

import pytest

from deploy.embedded.errors import CannotRun
from deploy.embedded.ports import free_ports, holder, is_free
from deploy.embedded.supervisor import refuse_taken


def test_a_port_in_use_is_refused_with_its_holder_and_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
        assert f"pid {os.getpid()}" in (holder(port) or "")
        with pytest.raises(CannotRun, match=rf"{port} \(for dispatch\) by .*--ports BASE"):
            refuse_taken({port: "dispatch"})


def test_free_ports_are_free_and_different() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    assert all(map(is_free, ports))
    assert holder(ports[0]) is None
    refuse_taken(dict.fromkeys(ports, "dispatch"))
