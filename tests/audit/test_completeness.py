"""What is missing shows, with its place; so does who is silent, and who tells another story than before."""

from typing import Any

from services.dispatch.facts import CaseWithdrawn
from tests.audit.conftest import minutes
from tests.audit.telling import Telling
from tests.kit.world import World


def withdrawn(case_id: str, minute: float = 0) -> CaseWithdrawn:
    return CaseWithdrawn(at=minutes(minute), by="somebody", case_id=case_id)


async def asked(world: World, path: str, user: str = "audit.yan") -> dict[str, Any]:
    async with world.client("audit", user) as client:
        answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def gaps(world: World, source: str) -> list[tuple[int, int, bool]]:
    items = (await asked(world, "/v1/gaps"))["items"]
    return [(gap["first"], gap["last"], gap["tail"]) for gap in items if gap["source"] == source]


async def until_gaps(world: World, source: Telling, expected: list[tuple[int, int, bool]]) -> None:
    """Partitions are read each at its own pace, so that others come and go before."""
    seen = list[tuple[int, int, bool]]()

    async def so() -> bool:
        seen[:] = await gaps(world, source.source)
        return seen == expected

    await world.until(so, 10, f"the gaps are {expected}")


async def alarms(world: World, source: str, kind: str) -> list[dict[str, Any]]:
    items = (await asked(world, "/v1/alarms", "admin.ran"))["items"]
    return [alarm for alarm in items if (alarm["source"], alarm["kind"]) == (source, kind)]


async def source_state(world: World, source: str) -> dict[str, Any]:
    found = [item for item in (await asked(world, "/v1/gaps"))["sources"] if item["source"] == source]
    return found[0] if found else {}


async def test_a_removed_record_is_a_gap_with_source_and_position_until_it_comes(
    world: World, dispatch: Telling
) -> None:
    letters = [dispatch.write(withdrawn(f"removed-{n % 5}", n)) for n in range(20)]
    removed = letters.pop(7)
    await dispatch.send(*letters)
    await until_gaps(world, dispatch, [(8, 8, False)])
    alarm, *_ = await world.until(lambda: alarms(world, dispatch.source, "gap"))
    assert (alarm["first"], alarm["last"], alarm["cleared_at"]) == (8, 8, None)

    await dispatch.send(removed)
    await world.until(lambda: _complete(world, dispatch))
    assert await gaps(world, dispatch.source) == []

    async def cleared() -> bool:
        return all(alarm["cleared_at"] for alarm in await alarms(world, dispatch.source, "gap"))

    await world.until(cleared)


async def _complete(world: World, source: Telling) -> bool:
    found = await source_state(world, source.source)
    return bool(found) and found["count"] == source.position and found["waiting"] == 0


async def test_several_gaps_are_told_apart_and_shrink(world: World, dispatch: Telling) -> None:
    letters = [dispatch.write(withdrawn(f"several-{n}")) for n in range(30)]
    await dispatch.send(*letters[:3], *letters[6:10], *letters[11:])
    await until_gaps(world, dispatch, [(4, 6, False), (11, 11, False)])
    await dispatch.send(letters[4])

    await until_gaps(world, dispatch, [(4, 4, False), (6, 6, False), (11, 11, False)])


async def test_a_missing_tail_shows_by_the_next_head_fact(world: World, dispatch: Telling) -> None:
    await dispatch.tell(withdrawn("tail-1"), withdrawn("tail-2"))
    dispatch.write(withdrawn("tail-3"))
    dispatch.write(withdrawn("tail-4"))
    await dispatch.send(dispatch.head(minutes(1)))
    await until_gaps(world, dispatch, [(3, 4, True)])


async def test_head_facts_prove_what_was_received(world: World, dispatch: Telling) -> None:
    await dispatch.send(dispatch.head(minutes(0)))
    await dispatch.tell(withdrawn("proven-1"), withdrawn("proven-2"))
    await dispatch.send(dispatch.head(minutes(1)))
    await dispatch.tell(withdrawn("proven-3"))
    await dispatch.send(dispatch.head(minutes(2)))
    await world.until(lambda: _proven(world, dispatch, 5))
    assert await alarms(world, dispatch.source, "hash") == []


async def _proven(world: World, source: Telling, position: int) -> bool:
    found = await source_state(world, source.source)
    return bool(found) and found["proven_position"] == position


async def test_facts_that_are_not_what_the_source_told_alarm(world: World, dispatch: Telling) -> None:
    await dispatch.tell(withdrawn("altered-1"))
    dispatch.data[0] = b'{"case_id":"what-it-was"}'
    await dispatch.send(dispatch.head(minutes(1)))
    await dispatch.tell(withdrawn("altered-2"))
    await dispatch.send(dispatch.head(minutes(2)))
    await world.until(lambda: _proven(world, dispatch, 3))
    assert [(a["first"], a["last"]) for a in await alarms(world, dispatch.source, "hash")] == [(1, 1)]


async def test_the_toys_own_head_facts_hold(world: World) -> None:
    async with world.client("toy") as client:
        await client.post("/v1/counters/headed/add", json={"amount": 1})
    await world.settled()

    async def proven() -> bool:
        found = await source_state(world, "/services/toy")
        return bool(found) and found["proven_position"] >= 2

    await world.until(proven)
    assert await alarms(world, "/services/toy", "hash") == []


async def test_a_source_that_says_nothing_alarms_and_clears_when_it_speaks(world: World, dispatch: Telling) -> None:
    await dispatch.send(dispatch.head(minutes(0)))
    (alarm,) = await world.until(lambda: alarms(world, dispatch.source, "silence"))
    assert alarm["cleared_at"] is None
    assert (await source_state(world, dispatch.source))["silent_since"] is not None

    async def cleared() -> bool:
        await dispatch.send(dispatch.head(minutes(1)))
        return (await alarms(world, dispatch.source, "silence"))[0]["cleared_at"] is not None

    await world.until(cleared)


async def test_who_may_ask_what_is_missing(world: World) -> None:
    for user, status in (("audit.yan", 200), ("admin.ran", 200), ("clerk.liu", 403), (None, 401)):
        async with world.client("audit", user) as client:
            for path in ("/v1/gaps", "/v1/alarms"):
                assert (await client.get(path)).status_code == status, (user, path)


async def test_a_record_with_an_unusable_header_is_put_aside_and_the_rest_goes_on(
    world: World, dispatch: Telling
) -> None:
    spoilt = dispatch.write(withdrawn("spoilt"))
    for name, value in (("ce_id", None), ("ce_actor", b"a\0b"), ("ce_sequence", b"99999999999999999999")):
        headers: Any = [(key, value if key == name else old) for key, old in spoilt.headers]
        await dispatch.producer.send_and_wait(spoilt.topic, spoilt.value, spoilt.key, spoilt.partition, headers=headers)
    await dispatch.send(spoilt)
    await world.until(lambda: _complete(world, dispatch))
    rows = await world.fetch("audit", "SELECT problem FROM quarantine")
    assert len(rows) == 3
