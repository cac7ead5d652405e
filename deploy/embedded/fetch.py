"""Fetches jars with jgo, which knows the default Maven repository and honours the user's settings."""

import logging
import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from jgo.config import GlobalSettings
from jgo.maven import MavenContext

from deploy.embedded.jars import Jar

AT_ONCE = 6
ATTEMPTS = 3

_log = logging.getLogger(__name__)


def from_local_repository(jars: Iterable[Jar], staging: Path) -> set[Jar]:
    """Copies what the user's own Maven repository holds; those it held unaltered."""
    repository = GlobalSettings.load().repo_cache
    found = {jar for jar in jars if jar.is_file(repository / jar.repository_path)}
    for jar in found:
        target = staging / jar.repository_path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(repository / jar.repository_path, target)
    return found


def from_remote_repository(jars: Sequence[Jar], staging: Path) -> dict[Jar, str]:
    """Downloads the jars into a folder laid out as a repository; those that failed, each with the reason."""
    if not jars:
        return {}
    _log.info("Fetching %d of Kafka's jars, once", len(jars))
    # A folder of our own as jgo's repository: a download cut short must not stay in the user's.
    context = MavenContext(repo_cache=staging, remote_repos=_repositories())
    with ThreadPoolExecutor(AT_ONCE) as pool:
        reasons = pool.map(lambda jar: _download(context, jar), jars)
    return {jar: reason for jar, reason in zip(jars, reasons, strict=True) if reason}


def _repositories() -> dict[str, str] | None:
    own = GlobalSettings.load().repositories
    return MavenContext().remote_repos | own if own else None


def _download(context: MavenContext, jar: Jar) -> str | None:
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact()
    reason = None
    for _ in range(ATTEMPTS):
        try:
            # jgo does not write over what an attempt before has left.
            (context.repo_cache / jar.repository_path).unlink(missing_ok=True)
            context.resolver.download(artifact)
        except (requests.RequestException, RuntimeError, OSError) as failure:
            reason = type(failure).__name__
        else:
            return None
    return reason
