"""audit's tables. `entries` and `conflicts` are append-only."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.audit.model import ARCHIVE_MODEL, CERTIFICATE_MODEL, EXPORT_MODEL, OPENING_MODEL
from shared.accesses.recording import OF_USE
from shared.record.aggregate import Aggregate, aggregate_table
from shared.record.beside import Beside, Derived

METADATA = MetaData()
SORTED = Text(collation="C")
NOW = text("now()")

# In parts by the month of receipt; in each, (source, position) is unique, and over all of them by the appender.
ENTRIES = Table(
    "entries",
    METADATA,
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("source", SORTED, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("lane", SmallInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("time", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("department", Text),
    Column("aggregate", SORTED, nullable=False),
    Column("aggregate_id", SORTED, nullable=False),
    Column("version", Integer, nullable=False),
    Column("correlation", Text),
    Column("causation", Text),
    Column("headers", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("leaf", LargeBinary, nullable=False),
    Index("entries_aggregate", "source", "aggregate", "aggregate_id", "version"),
    Index("entries_key", "key", "index"),
    Index("entries_type", "type", "index"),
    Index("entries_actor", "actor", "index"),
    Index("entries_department", "department", "index", postgresql_where=text("department IS NOT NULL")),
    Index("entries_reference", "source", "position", postgresql_where=text("topic = 'reference'")),
    Index("entries_time", "time", postgresql_using="brin"),
    Index("entries_id", "id"),
    Index("entries_correlation", "correlation", "index", postgresql_where=text("correlation <> key")),
)

# Where each month of the log begins; it goes up to the next one.
MONTHS = Table(
    "months",
    METADATA,
    Column("month", Date, primary_key=True),
    Column("first", BigInteger, nullable=False, unique=True),
)

# One row: the next index, the month that is open, and the latest time of receipt, behind which none goes back.
# Whoever appends holds it until its commit: no gaps, and in commit order.
NUMBERING = Table(
    "numbering",
    METADATA,
    Column("only_row", Boolean, primary_key=True, server_default=text("true")),
    Column("next", BigInteger, nullable=False, server_default=text("0")),
    Column("month", Date),
    Column("latest", DateTime(timezone=True)),
)

# Full tiles of the tree over `entries.leaf` (C2SP tlog-tiles); `root` is the hash over its 256.
TILES = Table(
    "tiles",
    METADATA,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
    Column("root", LargeBinary, nullable=False),
)

# Of entries that were taken out of the log, once they were archived, what has still to be known: that their index and
# their position are taken, and under which key they stood. Their leaves are in `tiles`. Only the tables' owner writes.
ARCHIVED_ENTRIES = Table(
    "archived_entries",
    METADATA,
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("source", SORTED, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Index("archived_entries_position", "source", "position", unique=True),
    Index("archived_entries_key", "key"),
)

# Years that were taken out of the log, and the latest time that what was taken tells of.
REMOVALS = Table(
    "removals",
    METADATA,
    Column("year", SmallInteger, primary_key=True, autoincrement=False),
    Column("until", DateTime(timezone=True), nullable=False),
)

# At most one has not ended. `progress`: [service, facts read, facts in all] each; `refusal`: why it could not be done.
REBUILDS = Table(
    "rebuilds",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("asked_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("asked_by", Text, nullable=False),
    Column("began_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("progress", JSONB, nullable=False, server_default=text("'[]'")),
    Column("report", JSONB),
    Column("refusal", JSONB),
    Index("rebuilds_open", text("(true)"), unique=True, postgresql_where=text("ended_at IS NULL")),
)

# One row: the last checkpoint that was published, a signed note.
PUBLISHED = Table(
    "published",
    METADATA,
    Column("only_row", Boolean, primary_key=True, server_default=text("true")),
    Column("size", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
)

# Every key that has ever signed a checkpoint, as a `vkey`.
LOG_KEYS = Table(
    "log_keys",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("since", DateTime(timezone=True), nullable=False, server_default=NOW),
)

# `scanned`: up to where gaps have been looked for; `proven_*`: the head fact up to which the hashes hold.
SOURCES = Table(
    "sources",
    METADATA,
    Column("source", SORTED, primary_key=True),
    Column("highest", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("head_position", BigInteger),
    Column("head_at", DateTime(timezone=True)),
    Column("known_since", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("scanned", BigInteger, nullable=False, server_default=text("0")),
    Column("proven_version", Integer, nullable=False, server_default=text("0")),
    Column("proven_position", BigInteger, nullable=False, server_default=text("0")),
    Column("proven_hash", Text, nullable=False, server_default=text("''")),
)

# Positions `first` to `last` are not in `entries`; `tail`: what came after them are head facts.
GAPS = Table(
    "gaps",
    METADATA,
    Column("source", SORTED, primary_key=True),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("tail", Boolean, nullable=False),
)

ALARMS = Table(
    "alarms",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("raised_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("cleared_at", DateTime(timezone=True)),
    Index("alarms_open", "kind", "source", "first", unique=True, postgresql_where=text("cleared_at IS NULL")),
)

# Evidence: a record whose position was taken by other bytes, or that its source has not signed.
# `digest` is the SHA-256 of headers and value.
CONFLICTS = Table(
    "conflicts",
    METADATA,
    Column("source", SORTED, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=NOW),
)

# What a key of the log is about: a report's id belongs to its case, that somebody opened a case to that case,
# a joined report's own case to the one it joined; `since`: the index of the entry that says so.
KEYS = Table(
    "keys",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("part_of", Text),
    Column("area", Text),
    Column("since", BigInteger),
)

# The departments that something under this key complains of.
BARRED = Table(
    "barred",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("department", Text, primary_key=True),
)

# Of what matter what is told under a key is: the last word of it.
MATTERS = Table(
    "matters",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("category", Text, nullable=False),
)

CASES = Table(
    "cases",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("area", Text, nullable=False),
)

# Who follows the log by which filter: what they took since it was last told.
FOLLOWINGS = Table(
    "followings",
    METADATA,
    Column("follower", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("department", Text),
    Column("posts", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("after", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
)

# How the district stood at a moment, by the first `size` entries; `folded`: of how many cases facts were read for it.
MOMENTS = Table(
    "moments",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, unique=True),
    Column("size", BigInteger, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("folded", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
)

# Moment 0, which is in no table of moments: the cases that were taken out of the log, as they ended.
# `untold`: time itself had changed it by then, and no fact had said so. `problem`: why not all facts could be folded.
MOMENT_CASES = Table(
    "moment_cases",
    METADATA,
    Column("moment", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Text, primary_key=True),
    *(Column(name, Text) for name in ("code", "kind", "category", "area", "status")),
    Column("open", Boolean),
    Column("lead", Text),
    Column("colour", SmallInteger),
    Column("opened_at", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
    Column("closing_reason", Text),
    Column("next_at", DateTime(timezone=True)),
    Column("untold", Boolean, nullable=False),
    Column("problem", Text),
)
MOMENT_PARTS = Table(
    "moment_parts",
    METADATA,
    Column("moment", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Text, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("case_id", "department", "status")),
    Column("ended", Boolean, nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("late", Boolean, nullable=False),
    Index("moment_parts_case", "moment", "case_id"),
)
MOMENT_DUES = Table(
    "moment_dues",
    METADATA,
    Column("moment", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Text, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("case_id", "rule", "department")),
    Column("part", Text),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("colour", SmallInteger, nullable=False),
    Column("late", Boolean, nullable=False),
    Index("moment_dues_case", "moment", "case_id"),
)

OPENING = Aggregate(OPENING_MODEL, aggregate_table("openings", METADATA), passing=OF_USE)
EXPORT = Aggregate(EXPORT_MODEL, aggregate_table("exports", METADATA), passing=OF_USE)
CERTIFICATE = Aggregate(CERTIFICATE_MODEL, aggregate_table("certificates", METADATA))
ARCHIVE = Aggregate(ARCHIVE_MODEL, aggregate_table("archives", METADATA))

# What the entries themselves say of the tables beside them.
_NUMBERING_AGAIN = "SELECT true AS only_row, coalesce(max(index) + 1, 0) AS next FROM entries"
_CASES_AGAIN = """
SELECT DISTINCT ON (key) key AS id, told ->> 'code' AS code, told ->> 'area' AS area
FROM (SELECT key, index, convert_from(value, 'UTF8')::jsonb AS told FROM entries
      WHERE type LIKE 'lianzhi.dispatch.case-opened.v%') AS opened ORDER BY key, index
"""
# What concerns reports comes from intake, and is about `key` whatever topic it came on; the first word stands.
_TOLD = """
WITH told AS (
    SELECT split_part(type, '.', 3) AS fact, index, convert_from(value, 'UTF8')::jsonb AS data FROM entries
    WHERE type LIKE 'lianzhi.intake.report-registered.%' OR type LIKE 'lianzhi.intake.report-joined.%'
       OR type LIKE 'lianzhi.intake.identity-opened.%' OR type LIKE 'lianzhi.intake.reporter-erased.%'
       OR type LIKE 'lianzhi.dispatch.case-opened.%' OR type LIKE 'lianzhi.dispatch.report-attached.%'
       OR type LIKE 'lianzhi.dispatch.case-absorbed.%' OR type LIKE 'lianzhi.dispatch.officer-recused.%'
       OR type LIKE 'lianzhi.dispatch.recusal-lifted.%'
       OR split_part(type, '.', 3) IN ('case-file-opened', 'certificate-made')
), reports AS (
    SELECT * FROM told WHERE fact IN ('report-registered', 'report-joined', 'identity-opened', 'reporter-erased')
)
"""
_KEYS_AGAIN = f"""
{_TOLD}
SELECT key, (array_agg(part_of ORDER BY index) FILTER (WHERE part_of IS NOT NULL))[1] AS part_of,
       (array_agg(area ORDER BY index) FILTER (WHERE area IS NOT NULL))[1] AS area,
       min(index) FILTER (WHERE part_of IS NOT NULL) AS since
FROM (
    SELECT index, data ->> 'case_id' AS key, data ->> 'into' AS part_of, data ->> 'area' AS area
    FROM reports WHERE fact IN ('report-registered', 'report-joined')
    UNION ALL SELECT index, data ->> 'report_id', data ->> 'case_id', NULL FROM reports
    UNION ALL SELECT index, data ->> 'opening_id', data ->> 'case_id', NULL FROM told WHERE fact = 'case-file-opened'
    UNION ALL SELECT index, data ->> 'certificate_id', data ->> 'case_id', NULL FROM told
    WHERE fact = 'certificate-made'
) given GROUP BY key
"""
_BARRED_AGAIN = f"""
{_TOLD}, words AS (
    SELECT index, data ->> 'case_id' AS key, data ->> 'complained_of' AS department, true AS barred FROM reports
    WHERE data ->> 'complained_of' IS NOT NULL
    UNION ALL SELECT index, data ->> 'into', data ->> 'complained_of', true FROM reports
    WHERE fact = 'report-joined' AND data ->> 'complained_of' IS NOT NULL
    UNION ALL SELECT index, data ->> 'case_id', jsonb_array_elements_text(data -> 'barred'), true FROM told
    WHERE fact IN ('case-opened', 'report-attached', 'case-absorbed')
    UNION ALL SELECT index, data ->> 'case_id', data ->> 'officer', fact = 'officer-recused' FROM told
    WHERE fact IN ('officer-recused', 'recusal-lifted')
)
SELECT key, department FROM (
    SELECT DISTINCT ON (key, department) * FROM words ORDER BY key, department, index DESC
) last WHERE barred
"""
_MATTERS_AGAIN = """
SELECT DISTINCT ON (key) key, told ->> 'category' AS category
FROM (SELECT key, index, convert_from(value, 'UTF8')::jsonb AS told FROM entries
      WHERE type LIKE 'lianzhi.intake.report-registered.%' OR type LIKE 'lianzhi.intake.report-accepted.%'
         OR type LIKE 'lianzhi.dispatch.case-opened.%') AS of_a_matter ORDER BY key, index DESC
"""
SOURCES_AGAIN = """
WITH told AS (
    SELECT source, version, index, received_at, convert_from(value, 'UTF8')::jsonb AS head
    FROM entries WHERE topic = 'heads'
), heads AS (
    SELECT source, max((head ->> 'position')::bigint) AS position,
           (array_agg(received_at ORDER BY index DESC))[1] AS at
    FROM told GROUP BY source
), counted AS (
    SELECT source, max(position) AS highest, count(*) AS count,
           (array_agg(received_at ORDER BY index))[1] AS known_since
    FROM entries GROUP BY source
)
SELECT counted.*, heads.position AS head_position, heads.at AS head_at,
       coalesce((proven.head ->> 'position')::bigint, 0) AS proven_position,
       coalesce(proven.head ->> 'hash', '') AS proven_hash
FROM counted LEFT JOIN heads USING (source) LEFT JOIN sources live USING (source)
LEFT JOIN told proven ON proven.source = counted.source AND proven.version = live.proven_version
"""
# Of level 0 from the leaves, of every other from the roots below.
_TILES_AGAIN = """
SELECT level, number, string_agg(hash, ''::bytea ORDER BY place) AS hashes FROM (
    SELECT 0::smallint AS level, index / 256 AS number, index AS place,
           sha256('\\x00'::bytea || headers || '\\x0a'::bytea || value) AS hash FROM entries
    UNION ALL SELECT (level + 1)::smallint, number / 256, number, root FROM tiles
) AS below GROUP BY level, number HAVING count(*) = 256
"""
DERIVED = (
    Derived(NUMBERING, _NUMBERING_AGAIN, ("next",)),
    Derived(CASES, _CASES_AGAIN, ("code", "area")),
    Derived(KEYS, _KEYS_AGAIN, ("part_of", "area", "since")),
    Derived(BARRED, _BARRED_AGAIN, ()),
    Derived(TILES, _TILES_AGAIN, ("hashes",)),
    Derived(MATTERS, _MATTERS_AGAIN, ("category",)),
    Derived(
        SOURCES,
        SOURCES_AGAIN,
        ("highest", "count", "known_since", "head_position", "head_at", "proven_position", "proven_hash"),
    ),
)
BESIDE = (
    Beside(ENTRIES, "the log itself: each source's own copy is compared with it"),
    Beside(MONTHS, "where the appender opened each: by when it received, which facts do not tell"),
    Beside(ARCHIVED_ENTRIES, "what was taken out of the log once it was archived; the archives tell of it"),
    Beside(REMOVALS, "which years were taken out, and up to when they tell"),
    Beside(REBUILDS, "which rebuilds were asked for, and what they found"),
    Beside(FOLLOWINGS, "what was taken of the log since it was last told, which is within the hour"),
    Beside(GAPS, "the watch's notes, made anew with each look"),
    Beside(ALARMS, "when the watch noticed what, and when it was over"),
    Beside(PUBLISHED, "the last checkpoint; its witness holds it too"),
    Beside(LOG_KEYS, "whose signatures checkpoints have had"),
    *(
        Beside(table, "how the district stood at moments that were asked for: worked out again from the log when asked")
        for table in (MOMENTS, MOMENT_CASES, MOMENT_PARTS, MOMENT_DUES)
    ),
    Beside(CONFLICTS, "evidence: records that are not what they claim to be"),
)
