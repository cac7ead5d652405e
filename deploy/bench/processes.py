"""Programs of the benchmark, beside the product: started under the guard, fed by JSON, always stopped."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from signal import SIGTERM
from typing import IO, Any, cast

import orjson

from deploy.embedded.child import Program, guarded
from deploy.embedded.errors import CannotRun

PATIENCE = 60.0
POLL = 0.02
Process = subprocess.Popen[bytes]


@contextmanager
def program(module: str, *arguments: str, told: Mapping[str, str] | None = None) -> Iterator[Process]:
    """`python -m module`, with pipes to its input and output; stopped at the end, whatever happens."""
    command = guarded(Program([sys.executable, "-m", module, *arguments], {}))
    environment = {**os.environ, **(told or {})}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, start_new_session=True
    )
    try:
        yield process
    finally:
        process.send_signal(SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=10)
        process.kill()
        process.wait()


def ask(module: str, question: object) -> Any:
    """Runs a program that reads one JSON text and answers with one. CannotRun if it fails."""
    with program(module) as process:
        answer, _ = process.communicate(orjson.dumps(question))
        if process.returncode:
            raise CannotRun(
                f"{module} 已退出，代码 {process.returncode}。", f"{module} ended with code {process.returncode}"
            )
        return orjson.loads(answer)


def tell(process: Process, **line: Any) -> Any:
    """One line of JSON to a program, and the line that it answers. CannotRun if it has ended."""
    given, taken = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
    given.write(orjson.dumps(line) + b"\n")
    given.flush()
    answer = taken.readline()
    if not answer:
        raise CannotRun(f"测试程序在 {line} 处退出。", f"a program of the benchmark ended at {line}")
    return orjson.loads(answer)


def until(condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> float:
    """Waits; the seconds it took. CannotRun when the patience is over."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > patience:
            raise CannotRun(f"{patience:g} 秒内未完成：{what}", f"not within {patience:g} s: {what}")
        time.sleep(POLL)
    return time.monotonic() - began
