"""SQL that answers: worklists, receipts, contents, and how far a report's case has come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from asyncpg import Record

from services.intake.model import MODEL, Report
from shared.record.aggregate import load
from shared.record.database import Connection
from shared.refusals.refusals import NotFound
from shared.search.looking import Stretch

KEPT_UNATTACHED = timedelta(days=1)
"""District policy: how long a file waits for a report."""
ONE_REPORT = "attached_pkey"
"""The constraint that a file belongs to one report only."""
_GIVEN_UP = frozenset({"returned", "recalled", "transferred", "waived"})
_HANDOFF_STATUS = _GIVEN_UP | {"accepted", "started", "completed", "verified"}
"""Steps that a hand-off is then in; others leave it where it is."""
_REPLIES = {"completed": "result", "opinion": "opinion", "refused": "refusal"}
_ENDED = _GIVEN_UP | {"verified"}
UNTOLD = frozenset({"invited", "consulted"})
"""Steps that leave the case where it is: a consultation is the departments' own affair."""
_VISITED = frozenset({"resolved", "followed_up"})
CASE_ENDED = frozenset({"closed", "withdrawn", "refused"})
_READ_BY_REPORTERS = """
SELECT kind, at, department, role, purpose FROM accesses
WHERE at >= $1 AND (report_id = $2 OR (report_id IS NULL AND case_id = ANY($3)))
ORDER BY at DESC, source, position DESC LIMIT $4
"""
CASE_STATUS = {
    "opened": "accepted",
    "suspended": "suspended",
    "resumed": "in_handling",
    "resolved": "resolved",
    "followed_up": "followed_up",
    "not_reached": "followed_up",
    "reopened": "in_handling",
    "closed": "closed",
    "refused": "refused",
    "withdrawn": "withdrawn",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """A text that an office wrote for the reporter: `owner` is the service that keeps it; no department: the centre."""

    owner: str
    department: str | None
    kind: str
    content_id: str
    at: datetime


@dataclass(slots=True)
class Handoff:
    """`via`: the service in which its department works; None: dispatch. `replies` by kind, the last of each."""

    department: str
    part: str
    via: str | None = None
    status: str = "offered"
    replies: dict[str, Reply] = field(default_factory=dict)

    def reply(self, kind: str, row: Record) -> None:
        owner = self.via or "dispatch"
        self.replies[kind] = Reply(owner, self.department, kind, row["content_id"], row["at"])

    def for_reporter(self, asked: bool) -> list[Reply]:
        """A result once it is verified, or the reporter is `asked` about it; an opinion as soon as it is issued, unless
        the matter was given up."""
        done = self.status == "verified" or (asked and self.status == "completed")
        return [
            reply
            for reply in self.replies.values()
            if self.part != "child" and (done or (reply.kind == "opinion" and self.status not in _GIVEN_UP))
        ]

    @property
    def ended(self) -> bool:
        return self.status in _ENDED


@dataclass(slots=True)
class CaseView:
    """A case as far as dispatch's facts have come in. `status` None: not heard of yet. `reason`: of a closed case, and
    the lawful route of a refused one."""

    case_id: str
    code: str | None = None
    status: str | None = None
    reason: str | None = None
    closed_at: datetime | None = None
    passed_on_at: datetime | None = None
    refusal: Reply | None = None
    handoffs: dict[str, Handoff] = field(default_factory=dict)
    invited: set[str] = field(default_factory=set)
    steps: list[Record] = field(default_factory=list)

    def replies(self) -> list[Reply]:
        """What the reporter may read, oldest first."""
        found = [reply for handoff in self.handoffs.values() for reply in handoff.for_reporter(self.to_be_visited)]
        if self.refusal is not None and self.status == "refused":
            found.append(self.refusal)
        return sorted(found, key=lambda reply: reply.at)

    def answering(self) -> frozenset[str]:
        """Departments whose work the case rests on: involved, or done and verified."""
        return frozenset(h.department for h in self.handoffs.values() if h.status not in _GIVEN_UP)

    def involved(self) -> frozenset[str]:
        """Departments with an open hand-off, accepted or not, or at a consultation; nobody once the case has ended."""
        return frozenset(h.department for h in self._open()) | self.invited

    def holding(self) -> frozenset[str]:
        """Departments that have accepted a hand-off and still hold it; nobody once the case has ended."""
        return frozenset(h.department for h in self._held())

    def handling(self) -> list[str]:
        """Departments that hold the case, the lead first."""
        held = sorted(self._held(), key=lambda h: (h.part != "lead", h.department))
        return list(dict.fromkeys(h.department for h in held))

    @property
    def to_be_visited(self) -> bool:
        """Whether the reporter is to be asked now if it is solved."""
        return self.status in _VISITED

    def _open(self) -> list[Handoff]:
        if self.status in CASE_ENDED:
            return []
        return [h for h in self.handoffs.values() if not h.ended]

    def _held(self) -> list[Handoff]:
        return [h for h in self._open() if h.status != "offered"]


def follow(view: CaseView, row: Record) -> None:
    """One step of dispatch's more."""
    step, handoff_id = row["step"], row["handoff_id"]
    if step in UNTOLD:
        view.invited = {*view.invited, row["department"]} if step == "invited" else set()
        return
    view.steps.append(row)
    view.code = view.code or row["code"]
    if step == "offered":
        view.handoffs[handoff_id] = Handoff(row["department"], row["part"], row["via"])
    elif handoff_id in view.handoffs and step in _HANDOFF_STATUS:
        view.handoffs[handoff_id].status = step
    elif step == "passed_on":
        view.passed_on_at = row["at"]
    if row["content_id"] is not None and handoff_id in view.handoffs:
        view.handoffs[handoff_id].reply(_REPLIES[step], row)
    elif step == "refused":
        view.refusal = Reply("dispatch", None, _REPLIES[step], row["content_id"], row["at"])
    if step in ("accepted", "started") and view.status == "accepted":
        view.status = "in_handling"
    elif handoff_id is None:
        view.status = CASE_STATUS[step]
        ended = step in ("closed", "refused")
        view.reason, view.closed_at = (row["reason"], row["at"]) if ended else (None, None)


async def accesses(connection: Connection, report: Report, limit: int) -> list[Record]:
    """Who has opened who reported it, the report, or the case that answers it: newest first, nothing of others'."""
    cases = [report.case_id, report.answered_with]
    found: list[Record] = await connection.fetch(
        _READ_BY_REPORTERS, report.registered_at, report.report_id, cases, limit
    )
    return found


async def case_view(connection: Connection, case_id: str) -> CaseView:
    return (await case_views(connection, [case_id]))[case_id]


async def case_views(connection: Connection, case_ids: Iterable[str]) -> dict[str, CaseView]:
    views = {case_id: CaseView(case_id) for case_id in case_ids}
    rows = await connection.fetch(
        "SELECT * FROM case_steps WHERE case_id = ANY($1) ORDER BY case_id, source <> '/services/dispatch', position",
        list(views),
    )
    for row in rows:
        follow(views[row["case_id"]], row)
    return views


@dataclass(frozen=True, slots=True)
class StoredReport:
    """`complaints`: the departments complained of by any report that the same case answers; `recused`: who has stepped
    back from that case."""

    version: int
    state: Report
    complaints: frozenset[str]
    recused: frozenset[str]


_RECUSED = """
SELECT officer FROM (
    SELECT DISTINCT ON (officer) officer, lifted FROM recusals
    WHERE case_id = reports.answered_with ORDER BY officer, position DESC
) AS last WHERE NOT lifted
"""
_REPORT = f"""
SELECT version, state, ARRAY(SELECT DISTINCT complained_of FROM reports other WHERE
    other.answered_with = reports.answered_with AND complained_of IS NOT NULL) AS complaints,
    ARRAY({_RECUSED}) AS recused
FROM reports
"""
# In {areas} of the reader, and not of a case that complains of a department for which they {recuse} themselves, or from
# which they have stepped back; of a {sealed} category only where it is theirs to be {routed}.
_VISIBLE = f"""
    EXISTS (SELECT FROM unnest({{areas}}::text[]) AS mine (area) WHERE starts_with(reports.area, mine.area))
AND NOT EXISTS (SELECT FROM reports other
                WHERE other.answered_with = reports.answered_with AND other.complained_of = ANY({{recuse}}::text[]))
AND NOT EXISTS ({_RECUSED} AND officer = ANY({{recuse}}::text[]))
AND (category <> ALL ({{sealed}}::text[]) OR
     EXISTS (SELECT FROM unnest({{routed}}::text[]) AS mine (area) WHERE starts_with(reports.area, mine.area)))
"""


def _visible(first: int) -> str:
    """With `Seen.values` from that parameter on."""
    names = ("areas", "recuse", "sealed", "routed")
    return _VISIBLE.format(**{name: f"${number}" for number, name in enumerate(names, first)})


def _stored(row: Record) -> StoredReport:
    complaints, recused = frozenset(row["complaints"]), frozenset(row["recused"])
    return StoredReport(row["version"], load(MODEL, row["state"]), complaints, recused)


async def report(connection: Connection, report_id: str) -> StoredReport:
    """Raises NotFound."""
    row = await connection.fetchrow(f"{_REPORT} WHERE id = $1", report_id)
    if row is None:
        raise NotFound("report")
    return _stored(row)


async def receipt(connection: Connection, receipt_no: str) -> Record | None:
    """`report_id`, `salt`, `digest`."""
    return await connection.fetchrow("SELECT report_id, salt, digest FROM receipts WHERE receipt_no = $1", receipt_no)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person's posts let them see: area prefixes, of whom a complaint bars them, and their own id;
    which categories are sealed from them, and where they are to route such matters all the same."""

    areas: Sequence[str]
    barred: Sequence[str]
    sealed: Sequence[str] = ()
    routed: Sequence[str] = ()

    @property
    def values(self) -> tuple[list[str], ...]:
        """Of `_VISIBLE`, in this order."""
        return list(self.areas), list(self.barred), list(self.sealed), list(self.routed)


# The report that opened the case says where it lies.
_CASE = f"""
SELECT case_id, category FROM case_steps JOIN reports ON answered_with = case_id AND NOT reports.state ? 'into'
WHERE step = 'opened' AND (case_id = $1 OR code = $1) AND {_visible(2)}
"""


async def find_case(connection: Connection, id_or_code: str, seen: Seen) -> tuple[str, str] | None:
    """The id of a case that dispatch has opened and that the person may see, and of what matter it is."""
    found = await connection.fetchrow(_CASE, id_or_code, *seen.values)
    return None if found is None else (found["case_id"], found["category"])


_LIST = f"""
{_REPORT}
WHERE ($1::text IS NULL OR status = $1) AND {_visible(2)}
  AND ($6::timestamptz IS NULL OR (registered_at, id) > ($6, $7))
ORDER BY registered_at, id
LIMIT $8
"""


async def worklist(
    connection: Connection, status: str | None, seen: Seen, after: tuple[datetime, str] | None, limit: int
) -> list[StoredReport]:
    """Oldest first, from behind `after`."""
    at, id = after or (None, None)
    rows = await connection.fetch(_LIST, status, *seen.values, at, id, limit)
    return [_stored(row) for row in rows]


# What lies between two places in the log, each report once, as far as the person may see it.
_CHANGED = f"""
SELECT id, version, status FROM reports WHERE id IN (
    SELECT DISTINCT aggregate_id FROM log WHERE position > $1 AND position <= $2 AND aggregate = 'report')
AND {_visible(3)} ORDER BY id
"""


async def changed(connection: Connection, seen: Seen, after: int, upto: int) -> list[Record]:
    """Reports of which something was told behind `after`, up to `upto`: as they stand."""
    found: list[Record] = await connection.fetch(_CHANGED, after, upto, *seen.values)
    return found


async def head(connection: Connection) -> int:
    """The last position of the log."""
    position: int = await connection.fetchval("SELECT position FROM sealing")
    return position


_SIMILAR = f"""
{_REPORT}
WHERE category = $1 AND starts_with(area, $2) AND registered_at BETWEEN $3 AND $4
  AND status IN ('received', 'accepted', 'joined') AND id <> $5
  AND {_visible(6)}
ORDER BY registered_at DESC
LIMIT 50
"""


async def similar(
    connection: Connection, report: Report, community: str, between: tuple[datetime, datetime], seen: Seen
) -> list[StoredReport]:
    rows = await connection.fetch(_SIMILAR, report.category, community, *between, report.report_id, *seen.values)
    return [_stored(row) for row in rows]


async def report_of_content(connection: Connection, content_id: str) -> StoredReport | None:
    """The report that a content belongs to; None also for a file that nobody has attached yet."""
    row = await connection.fetchrow(
        f"{_REPORT} WHERE id = COALESCE("
        "(SELECT report_id FROM attached WHERE content_id = $1), (SELECT about FROM contents WHERE id = $1))",
        content_id,
    )
    return None if row is None else _stored(row)


async def unattached(connection: Connection, ids: Sequence[str], at: datetime) -> dict[str, Record]:
    """The files among these ids that no report has yet and that are not about to be forgotten."""
    rows = await connection.fetch(
        "SELECT id, kind, commitment, media_type, size FROM contents"
        " WHERE id = ANY($1) AND kind = 'attachment' AND erased_at IS NULL AND recorded_at > $2"
        " AND NOT EXISTS (SELECT 1 FROM attached WHERE content_id = contents.id)",
        list(ids),
        at - KEPT_UNATTACHED,
    )
    return {row["id"]: row for row in rows}


_FORGET = """
WITH old AS (
    DELETE FROM uploads WHERE content_id IN (
        SELECT content_id FROM uploads WHERE uploaded_at < $1 ORDER BY uploaded_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ) RETURNING content_id
), gone AS (
    DELETE FROM contents USING old WHERE contents.id = old.content_id
    AND NOT EXISTS (SELECT 1 FROM attached WHERE attached.content_id = contents.id)
)
SELECT count(*) FROM old
"""


async def forget_uploads(connection: Connection, before: datetime, most: int) -> int:
    """Files uploaded before that and attached to nothing are gone; how many uploads were looked at."""
    looked: int = await connection.fetchval(_FORGET, before, most)
    return looked


async def reporter(connection: Connection, ref: str) -> Record | None:
    return await connection.fetchrow(
        "SELECT ref, report_id, wrapped_key, sealed, erased_at FROM reporters WHERE ref = $1", ref
    )


async def erase_reporter(connection: Connection, ref: str, at: datetime) -> datetime:
    """Key and ciphertext go. When it was done first."""
    done: datetime = await connection.fetchval(
        "UPDATE reporters SET wrapped_key = NULL, sealed = NULL, erased_at = COALESCE(erased_at, $2)"
        " WHERE ref = $1 RETURNING erased_at",
        ref,
        at,
    )
    return done


# Held against being erased meanwhile: who erases then finds the marks, and takes them along.
_TO_MARK = """
SELECT contents.id, about, kind, media_type, visibility, wrapped_key, sealed, recorded_at, area, category
FROM contents JOIN reports ON reports.id = about WHERE contents.id = ANY($1) AND erased_at IS NULL
FOR SHARE OF contents
"""


async def texts_to_mark(connection: Connection, ids: Sequence[str]) -> list[Record]:
    """Those that stand."""
    found: list[Record] = await connection.fetch(_TO_MARK, list(ids)) if ids else []
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """Texts that have all of `marks` and, where there are any, one of `areas`; written `since` and before `until`."""

    marks: Sequence[int]
    areas: Sequence[int] = ()
    category: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text that seems to have the words, with its report."""

    content_id: str
    position: int
    written_at: datetime
    report: Report


# Reports are looked up one by one from the newest on, and no more of them than are asked for.
_TEXTS = f"""
SELECT marked.content_id, marked.position, marked.written_at, report.state
FROM (SELECT content_id, report_id, position, written_at FROM text_marks
      WHERE marks @> $1 {{narrowed}} AND position BETWEEN $2 AND $3
        AND ($4::timestamptz IS NULL OR written_at >= $4) AND ($5::timestamptz IS NULL OR written_at < $5)
      ORDER BY position DESC) AS marked
CROSS JOIN LATERAL (SELECT state FROM reports WHERE id = marked.report_id
      AND ($6::text IS NULL OR category = $6) AND {_visible(7)} OFFSET 0) AS report
ORDER BY marked.position DESC LIMIT $11
"""
_ANYWHERE, _NARROWED = _TEXTS.format(narrowed=""), _TEXTS.format(narrowed="AND marks && $12")


async def marked_texts(
    connection: Connection, wanted: Wanted, stretch: Stretch, seen: Seen, most: int
) -> list[MarkedText]:
    """Newest first."""
    times = wanted.since, wanted.until, wanted.category
    values = [[*wanted.marks, stretch.mark], stretch.low, stretch.high, *times, *seen.values, most]
    query, values = (_NARROWED, [*values, list(wanted.areas)]) if wanted.areas else (_ANYWHERE, values)
    rows = await connection.fetch(query, *values)
    return [MarkedText(id, position, at, load(MODEL, state)) for id, position, at, state in rows]
