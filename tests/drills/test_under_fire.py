"""The whole product under fire: a scenario plays through the public APIs while its processes are killed at random."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from deploy.registry import SERVICES
from deploy.scenarios.data import load
from tests.embedded.test_up import a_free_base

LONG = os.environ.get("LIANZHI_DRILLS") == "long"
UNTIL = "2021-05-01" if LONG else "2021-01-14"
KILLS = 60 if LONG else 8
BROKER_LOST_AT = 1
"""After so many deaths Kafka dies and loses its disk: early, so that much is still to be told."""
SEED = int(os.environ.get("LIANZHI_SEED", "20210926"))


def lianzhi(data: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "deploy.cli.main", *words, "--data", str(data)]


def answer(data: Path, *words: str) -> Any:
    done = subprocess.run(lianzhi(data, *words), capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def ends_within(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    try:
        process.wait(timeout=seconds)
        return True
    except subprocess.TimeoutExpired:
        return False


def kill_one(data: Path, chance: random.Random, only: str | None = None) -> list[str]:
    """The name of what was killed; nothing when it had just gone by itself."""
    alive = [entry for entry in answer(data, "status", "--json")["services"] if entry["pid"]]
    chosen = chance.choice([entry for entry in alive if only in (None, entry["name"])] or alive)
    try:
        os.kill(chosen["pid"], signal.SIGKILL)
    except ProcessLookupError:
        return []
    return [chosen["name"]]


def lose_the_broker(data: Path, chance: random.Random) -> list[str]:
    """Killed, and its disk gone before it is started again."""
    killed = kill_one(data, chance, "kafka")
    if killed == ["kafka"]:
        shutil.rmtree(data / "kafka" / "data")
        return [*killed, "kafka's disk"]
    return killed


def reported_by(until: str) -> int:
    return sum(matter.at.date().isoformat() <= until for matter in load("dongzheng").matters)


@pytest.mark.timeout(1200 if LONG else 400)
def test_no_report_is_lost_and_no_effect_doubled_while_everything_is_killed(tmp_path: Path):
    data, chance, killed = tmp_path / "data", random.Random(SEED), Counter[str]()
    up = lianzhi(data, "up", "--detach", "--no-demo", "--ports", str(a_free_base()))
    begun = subprocess.run(up, check=False, timeout=120, capture_output=True, text=True)
    assert begun.returncode == 0, begun.stdout + begun.stderr
    try:
        demo = subprocess.Popen(lianzhi(data, "demo", "--until", UNTIL), stdout=subprocess.DEVNULL)
        while killed.total() < KILLS and not ends_within(demo, chance.uniform(0.2, 0.5)):
            lost = killed["kafka's disk"] == 0 and killed.total() >= BROKER_LOST_AT
            killed.update(lose_the_broker(data, chance) if lost else kill_one(data, chance))
        print(f"seed {SEED}: killed {dict(killed)}")
        assert killed.total() > 3, "the scenario was over before the fire began"
        assert killed["kafka's disk"] == 1
        assert demo.wait(timeout=300) == 0
        report = answer(data, "replay", "--check", "--json")
        assert (report["clean"], report["differences"]) == (True, [])
        assert report["services"].keys() == SERVICES.keys(), "each was built anew and compared row by row"
        assert all(tally["facts"] + tally["rows"] > 0 for tally in report["services"].values())
        assert report["services"]["intake"]["aggregates"] == reported_by(UNTIL)
    finally:
        subprocess.run(lianzhi(data, "down"), check=True, timeout=60, capture_output=True)
