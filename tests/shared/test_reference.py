"""Reference data: heard as facts, kept by day, the same in every replica."""

from datetime import UTC, date, datetime
from typing import ClassVar

from shared.record.database import Database
from shared.reference.entry import Entry
from shared.reference.reference import Reference, Version, store
from tests.kit.voice import NOW
from tests.shared.conftest import Echo


class SignSet(Entry, service="toy"):
    kind: ClassVar[str] = "sign"
    colour: str


def sign(code: str, colour: str, since: date = date(2021, 1, 1), to: date | None = None) -> SignSet:
    return SignSet(at=NOW, by="admin", code=code, colour=colour, valid_from=since, valid_to=to)


def colour(reference: Reference, code: str, on: date | datetime) -> object:
    version = reference.get("sign", code, on)
    return version and version.entry["colour"]


def test_an_entry_holds_from_its_first_day_until_before_its_last() -> None:
    reference = Reference()
    reference.put(sign("s", "red", date(2021, 3, 1), date(2021, 6, 1)))
    reference.put(sign("s", "green", date(2021, 8, 1)))
    days = [
        date(2021, 2, 28),
        date(2021, 3, 1),
        date(2021, 5, 31),
        date(2021, 6, 1),
        date(2021, 8, 1),
        date(2030, 1, 1),
    ]
    assert [colour(reference, "s", day) for day in days] == [None, "red", "red", None, "green", "green"]


def test_a_moment_is_taken_by_the_districts_calendar() -> None:
    reference = Reference()
    reference.put(sign("s", "red", date(2021, 3, 1)))
    assert colour(reference, "s", datetime(2021, 2, 28, 15, 59, tzinfo=UTC)) is None
    assert colour(reference, "s", datetime(2021, 2, 28, 16, 0, tzinfo=UTC)) == "red"


def test_a_later_entry_of_the_same_day_replaces_the_earlier() -> None:
    reference = Reference()
    reference.put(sign("s", "red"))
    reference.put(sign("s", "blue"))
    assert colour(reference, "s", NOW) == "blue"
    assert len(list(reference.versions("sign"))) == 1


async def test_entries_heard_are_kept_and_usable_at_once(echo: Echo) -> None:
    runtime = echo.world.runtime("echo")
    await echo.voice.send(
        echo.voice.write(sign("heard", "red"), "sign"), echo.voice.write(sign("heard", "blue"), "sign")
    )
    await echo.world.until(lambda: colour(runtime.reference, "heard", NOW) == "blue")
    rows = await echo.world.fetch("echo", "SELECT entry ->> 'colour' AS c FROM reference WHERE code = 'heard'")
    assert [row["c"] for row in rows] == ["blue"]


async def test_another_replica_sees_what_this_one_has_kept(echo: Echo) -> None:
    runtime, other = echo.world.runtime("echo"), Reference()
    await other.load(runtime.database)
    await echo.voice.send(echo.voice.write(sign("replica", "red"), "sign"))
    await echo.world.until(lambda: colour(runtime.reference, "replica", NOW))
    await other.load(runtime.database)
    assert colour(other, "replica", NOW) == "red"


async def test_a_change_that_commits_late_is_not_missed(echo: Echo) -> None:
    """The number that says 'something has changed' must not be seen before the change itself."""
    database: Database = echo.world.runtime("echo").database
    reader = Reference()
    async with database.transaction() as connection:
        await store(connection, [sign("late", "red")])
        await reader.load(database)
        assert colour(reader, "late", NOW) is None
    await reader.load(database)
    assert colour(reader, "late", NOW) == "red"


async def test_nothing_is_read_again_while_nothing_changes(echo: Echo) -> None:
    reader = Reference()
    await reader.load(echo.world.runtime("echo").database)
    revision = reader.revision
    await reader.load(echo.world.runtime("echo").database)
    assert reader.revision == revision


def test_entries_are_looked_up_by_values_as_of_their_day_and_anew_after_a_change() -> None:
    reference, first, later = Reference(), date(2021, 1, 1), date(2022, 1, 1)
    for code, town in (("A1", "east"), ("A2", "west"), ("A3", "east")):
        reference.keep("authority", Version(code, first, later if code == "A3" else None, {"department": town, "n": 1}))

    def found(on: date, **values: object) -> list[str]:
        return sorted(version.code for version in reference.having("authority", on, **values))

    assert found(first, department="east") == ["A1", "A3"]
    assert found(later, department="east") == ["A1"]
    assert found(first, department="east", n=2) == found(first, department="nowhere") == []
    reference.keep("authority", Version("A4", first, None, {"department": "east", "n": 2}))
    assert found(first, department="east", n=2) == ["A4"]
