"""A service's own log beside what the audit received of it: by hashes of many, and where those differ, one by one."""

from typing import Any

import asyncpg

from deploy.replay.report import MOST_DIFFERENCES, Difference, Report
from deploy.replay.snapshot import Snapshot
from shared.facts.envelope import source_of

BLOCK = 4096
_SAID = "sha256(convert_to(concat_ws(chr(10), {about}), 'UTF8') || {data}) AS said"
_ABOUT = "position, topic, lane, sequence, aggregate, aggregate_id, version, key, type"
_OWN = f"SELECT position, {_SAID.format(about=_ABOUT, data='data')} FROM {{name}}.log WHERE position <= $1"
_RECEIVED = (
    f"SELECT position, {_SAID.format(about=_ABOUT, data='value')} FROM audit.entries"
    " WHERE position <= $1 AND source = $2"
)
_BLOCKS = """
SELECT position / {block} AS block, sha256(string_agg(said, ''::bytea ORDER BY position)) FROM ({log}) l GROUP BY 1
"""
_ONE_BLOCK = "SELECT position, said FROM ({log}) l WHERE position / {block} = {number}"


async def compare_log(snapshot: Snapshot, log: asyncpg.Connection, report: Report) -> None:
    """Adds to the report. What the audit lacks is named elsewhere, as missing."""
    name, upto = snapshot.service.name, snapshot.position
    own, received = _OWN.format(name=name), _RECEIVED
    mine = await _read(snapshot.connection, _BLOCKS.format(block=BLOCK, log=own), upto)
    theirs = await _read(log, _BLOCKS.format(block=BLOCK, log=received), upto, source_of(name))
    for number in sorted(block for block in mine.keys() | theirs.keys() if mine.get(block) != theirs.get(block)):
        one = {"block": BLOCK, "number": number}
        here = await _read(snapshot.connection, _ONE_BLOCK.format(log=own, **one), upto)
        there = await _read(log, _ONE_BLOCK.format(log=received, **one), upto, source_of(name))
        for position in sorted(there):
            if here.get(position) != there[position]:
                kind = "changed" if position in here else "facts without a row"
                report.add(Difference(name, "log", str(position), kind))
        if len(report.differences) >= MOST_DIFFERENCES:
            return


async def _read(connection: asyncpg.Connection, query: str, *values: Any) -> dict[int, bytes]:
    return {row[0]: row[1] for row in await connection.fetch(query, *values)}
