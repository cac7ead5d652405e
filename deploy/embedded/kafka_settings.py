"""Kafka's settings for one broker, which is its own controller, on a small machine."""

from collections.abc import Mapping
from pathlib import Path

from deploy.embedded.ports import HOST

FOREVER = str(2**63 - 1)

SMALL_AND_ALONE = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "BROKER",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    # A consumer may say that it is to be missed sooner than the 6 s that a broker insists on by default.
    "group.min.session.timeout.ms": "1000",
    "message.max.bytes": "2097152",
    "log.retention.ms": "-1",
    "log.retention.bytes": "-1",
    "offsets.retention.minutes": "2147483647",
    # Facts bear the time of the run's own clock, which a drill may set months ahead.
    "log.message.timestamp.after.max.ms": FOREVER,
    "log.roll.ms": FOREVER,
    # A broker killed without a word is let in again when its session has lapsed: 9 s by default.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    # By default an idle controller writes and syncs twice a second.
    "metadata.max.idle.interval.ms": "5000",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "group.coordinator.threads": "1",
    # Taken from the heap at the start: 128 MB by default.
    "log.cleaner.dedupe.buffer.size": "8388608",
}


def properties(data: Path, port: int, controller_port: int, told_port: int | None = None) -> dict[str, str]:
    """All settings of a broker that keeps its logs in `data`; it sends clients to `told_port` if that is given."""
    controller = f"CONTROLLER://{HOST}:{controller_port}"
    return SMALL_AND_ALONE | {
        "listeners": f"BROKER://{HOST}:{port},{controller}",
        "advertised.listeners": f"BROKER://{HOST}:{told_port or port},{controller}",
        "controller.quorum.bootstrap.servers": f"{HOST}:{controller_port}",
        "log.dirs": str(data),
    }


def as_text(settings: Mapping[str, str]) -> str:
    """In the form of a Java properties file."""
    return "".join(f"{key}={escaped(value)}\n" for key, value in sorted(settings.items()))


def escaped(value: str) -> str:
    r"""A value as `java.util.Properties` reads it back: in ASCII, other characters as \uXXXX."""
    units = value.replace("\\", "\\\\").encode("utf-16-be")
    pairs = (int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2))
    return "".join(chr(unit) if unit < 0x7F else f"\\u{unit:04X}" for unit in pairs)
