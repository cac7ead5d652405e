"""The facts of made cases as logs hold them: by time, numbered without a gap, in dispatch's own and in audit's."""

import asyncpg

from shared.facts.envelope import LANES, source_of

SOURCE = source_of("dispatch")
STAGE = """
CREATE TEMP TABLE made_facts (key text, version int, type text, time timestamptz, actor text, department text,
                              value text) ON COMMIT DROP
"""
_NUMBERED = f"""
CREATE TEMP TABLE numbered ON COMMIT DROP AS
SELECT *, row_number() OVER (PARTITION BY lane ORDER BY position) AS sequence FROM (
    SELECT key, version, type, time, actor, department, convert_to(value, 'UTF8') AS data,
           (crc32(convert_to(key, 'UTF8')) % {LANES})::smallint AS lane,
           row_number() OVER (ORDER BY time, key, version) AS position FROM made_facts
) told
"""
_OWN = """
INSERT INTO dispatch.log
    (position, topic, lane, sequence, aggregate, aggregate_id, version, key, type, attributes, data)
SELECT position, 'cases', lane, sequence, 'case', key, version, key, type, '{}', data FROM numbered ORDER BY position
"""
_HEARD = f"""
INSERT INTO audit.entries
    (index, source, position, topic, partition, "offset", lane, sequence, id, type, key, time, actor, department,
     aggregate, aggregate_id, version, headers, value, leaf)
SELECT position - 1, '{SOURCE}', position, 'cases', 0, position - 1, lane, sequence, key || '-' || version, type, key,
       time, actor, department, 'case', key, version, '[]', data, sha256('\\x005b5d0a'::bytea || data)
FROM numbered ORDER BY position
"""
_COUNTED = """
UPDATE dispatch.sealing SET position = (SELECT max(position) FROM numbered);
INSERT INTO dispatch.lanes SELECT 'cases', lane, max(sequence) FROM numbered GROUP BY lane;
UPDATE audit.numbering SET next = (SELECT max(position) FROM numbered)
"""


async def into_logs(connection: asyncpg.Connection) -> None:
    """What lies in the stage."""
    await connection.execute("SET LOCAL work_mem = '256MB'")
    await connection.execute(_NUMBERED)
    for part in range(await connection.fetchval("SELECT max(position) / 2000000 FROM numbered") + 1):
        await connection.execute("SELECT dispatch.extend_log($1)", part * 2_000_000)
    for statement in (_OWN, _HEARD, _COUNTED):
        await connection.execute(statement)
