"""Lets Java remember what it loads and links for Kafka, which takes more than half off each later start.

The runtime in the wheel has no archive of its own classes, on which a shared archive could be built, so the
ahead-of-time cache of Java 25 is used: one run of Kafka records, and leaves a file for all that follow.
"""

import fcntl
import hashlib
import logging
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from deploy.embedded import jars
from deploy.embedded.errors import CannotRun
from deploy.embedded.java import Java, modules_file
from deploy.embedded.kafka import Kafka
from deploy.embedded.ports import free_ports

WRITE_WITHIN = 60.0
KEPT = 3

_log = logging.getLogger(__name__)


@cache
def runtime() -> Java:
    """Java with Kafka's jars and a cache, both had at the first start; CannotRun if a jar cannot be had."""
    return with_cache(Java(tuple(jars.provide(jars.read_lock(), jars.cache_folder() / "jars"))))


def with_cache(plain: Java) -> Java:
    """The same runtime with the cache, made now if there is none for this runtime and these jars."""
    kept = jars.cache_folder() / f"kafka-{key(plain)}.aot"
    if not kept.exists():
        with _alone(kept.parent):
            if not kept.exists():
                _make(plain, kept)
    return plain.with_options(f"-XX:AOTCache={kept}") if kept.exists() else plain


def key(plain: Java) -> str:
    """Changes with everything that a cache depends on."""
    files = [modules_file(), *plain.classpath]
    stats = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return hashlib.sha256(repr((plain.options, stats)).encode()).hexdigest()[:16]


def _make(plain: Java, kept: Path) -> None:
    _log.info("Preparing Kafka for quick starts, once")
    with tempfile.TemporaryDirectory(prefix=".warm-", dir=kept.parent) as folder:
        written = Path(folder) / "kafka.aot"
        try:
            _run_once(plain.with_options(f"-XX:AOTCacheOutput={written}"), plain, Path(folder))
        except CannotRun as failure:
            _log.warning("Kafka starts without its cache, which could not be made: %s", failure)
        if written.exists():
            _forget_oldest(kept.parent)
            written.replace(kept)


def _run_once(recording: Java, plain: Java, folder: Path) -> None:
    port, controller_port = free_ports(2)
    Kafka(folder, port, controller_port, lambda: plain).prepare()
    _start_and_stop(Kafka(folder, port, controller_port, lambda: recording))


def _start_and_stop(kafka: Kafka) -> None:
    child = kafka.launch()
    try:
        kafka.wait_until_ready()
        # The recording is written while the process ends.
        child.stop(signal.SIGTERM, WRITE_WITHIN)
    finally:
        kafka.kill()


def _forget_oldest(folder: Path) -> None:
    by_age = sorted(folder.glob("kafka-*.aot"), key=lambda path: path.stat().st_mtime)
    for path in by_age[: max(0, len(by_age) - KEPT + 1)]:
        path.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process of this user at a time; the others wait and find the work done."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / ".making", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
