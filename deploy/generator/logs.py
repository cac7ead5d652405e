"""The facts of made cases where facts lie: in dispatch's outbox, from where they go the way of all others; or straight
in its log and in audit's, by time, numbered without a gap."""

import asyncpg

from shared.facts.envelope import LANES, source_of

SOURCE = source_of("dispatch")
STAGE = """
CREATE TEMP TABLE made_facts (key text, version int, type text, time timestamptz, actor text, department text,
                              value text) ON COMMIT DROP;
CREATE TEMP TABLE made_refs (id text, about text, kind text, media_type text, size int, commitment text) ON COMMIT DROP
"""
# As texts that were erased: their owner knows of them, and nobody reads them.
_TEXTS = """
INSERT INTO dispatch.contents
    (id, about, kind, media_type, size, commitment, recorded_at, erased_at, visibility)
SELECT DISTINCT ON (id) id, about, kind, media_type, size, commitment, now(), now(), 'case' FROM made_refs
"""
_PENDING = f"""
INSERT INTO dispatch.pending (aggregate, aggregate_id, version, topic, key, type, attributes, data)
SELECT 'case', key, version, 'cases', key, type, jsonb_strip_nulls(jsonb_build_object(
    'specversion', '1.0', 'id', key || '-' || version, 'source', '{SOURCE}', 'type', type, 'subject', key,
    'time', to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'datacontenttype', 'application/json',
    'dataschema', 'urn:lianzhi:schema:' || type, 'partitionkey', key, 'aggregate', 'case', 'aggregateid', key,
    'aggregateversion', version::text, 'actor', actor, 'department', department, 'correlationid', key))::text,
    convert_to(value, 'UTF8')
FROM made_facts ORDER BY time, key, version
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
_MONTH = "SELECT audit.open_month(date_trunc('month', now() AT TIME ZONE 'Asia/Shanghai')::date, 0)"
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


async def into_outbox(connection: asyncpg.Connection) -> None:
    """What lies in the stage; everybody hears of it."""
    await connection.execute("SET LOCAL work_mem = '256MB'")
    for statement in (_TEXTS, _PENDING):
        await connection.execute(statement)


async def into_logs(connection: asyncpg.Connection) -> None:
    """What lies in the stage, where both logs hold nothing yet and belong to no service that runs."""
    await connection.execute("SET LOCAL work_mem = '256MB'")
    await connection.execute(_NUMBERED)
    for part in range(await connection.fetchval("SELECT max(position) / 2000000 FROM numbered") + 1):
        await connection.execute("SELECT dispatch.extend_log($1)", part * 2_000_000)
    for statement in (_TEXTS, _OWN, _MONTH, _HEARD, _COUNTED):
        await connection.execute(statement)
