"""A lane's order holds across partitions, owners and holes: its mark in the database is the fence."""

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from shared.facts.envelope import lane_of
from shared.listen.holes import holes, skip_hole
from shared.listen.parking import Record, behind_hole
from shared.listen.partitions import FENCE, committed, open_marks, open_reading
from shared.record.rows import Missed
from shared.refusals.refusals import NotFound
from tests.kit.voice import NOW, Letter
from tests.shared.conftest import Echo
from tests.shared.test_listen import restart

PARTITIONS = 8


def record(letter: Letter, offset: int) -> Record:
    return Record(letter.topic, letter.partition, offset, letter.key, letter.headers, letter.value)


async def test_two_owners_of_a_partition_never_handle_the_same_waiting_facts(echo: Echo) -> None:
    """The one before still follows a filled hole while the next one reads the same facts, sent again."""
    runtime = echo.world.runtime("echo")
    one, two, three = (echo.voice.added("owners", amount) for amount in (1, 2, 3))
    await echo.voice.send(two, three)
    await echo.until_parked("owners", "hole", "hole")
    await echo.until_read()
    await runtime.listener.stop()
    ears, database, place = runtime.ears, runtime.database, ("cases", one.partition)
    async with database.plain() as connection:
        before = await open_reading(connection, place, PARTITIONS, await open_marks(connection, "cases"))
    plan = ears.plan([(before, [record(one, before.next)])])
    async with database.transaction() as connection:
        await ears.transact(connection, plan)
    committed(plan.advances)
    async with database.plain() as connection:
        after = await open_reading(connection, place, PARTITIONS, await open_marks(connection, "cases"))
        waiting = await behind_hole(connection, "cases", ("/services/toy", lane_of("owners")), 1000)
    late = ears.follow(before, ("/services/toy", lane_of("owners")), waiting)
    async with database.transaction() as connection:
        await ears.transact(connection, late)
    again = ears.plan([(after, [record(two, after.next), record(three, after.next + 1)])])
    refused = None
    try:
        async with database.transaction() as connection:
            await ears.transact(connection, again)
    except Missed as missed:
        refused = missed.why
    assert refused == FENCE
    runtime.listener.start()
    await echo.until_heard("owners", 1, 2, 3)


async def test_more_partitions_double_nothing_and_lose_nothing(echo: Echo) -> None:
    """What was sent before lies in the partition of before."""
    moved = next(f"moved{n}" for n in range(1000) if lane_of(f"moved{n}") % 16 >= PARTITIONS)
    await echo.voice.tell(moved, 1, 2)
    await echo.until_heard(moved, 1, 2)
    await echo.until_read()
    await echo.world.runtime("echo").listener.stop()
    await echo.voice.tell(moved, 3)
    admin = AIOKafkaAdminClient(bootstrap_servers=echo.world.servers.bootstrap)
    await admin.start()
    await admin.create_partitions({"cases": NewPartitions(16)})
    await admin.close()
    four = echo.voice.added(moved, 4)
    await restart(echo)
    await echo.voice.producer.client.force_metadata_update()
    await echo.voice.send(Letter(four.topic, lane_of(moved) % 16, four.key, four.value, four.headers))
    await echo.until_heard(moved, 1, 2, 3, 4)
    assert not await echo.parked(moved)


async def test_a_hole_that_nobody_can_fill_is_shown_and_skipped_and_its_lane_goes_on(echo: Echo) -> None:
    echo.voice.added("skipped", 1)
    await echo.voice.send(*(echo.voice.added("skipped", amount) for amount in (2, 3)))
    await echo.until_parked("skipped", "hole", "hole")
    runtime, lane = echo.world.runtime("echo"), lane_of("skipped")
    (found,) = [hole for hole in await holes(runtime.database) if hole["lane"] == lane]
    assert (found["source"], found["topic"], found["first"], found["last"]) == ("/services/toy", "cases", 1, 1)
    assert found["waiting"] == 2
    wanted = ("/services/toy", "cases", lane)
    await skip_hole(runtime.database, runtime.hole_skipped, wanted, ("somebody", NOW))
    await echo.until_heard("skipped", 2, 3)
    told = await echo.world.fetch(
        "echo",
        "SELECT convert_from(data, 'UTF8')::jsonb AS data FROM (SELECT type, data FROM log UNION ALL"
        " SELECT type, data FROM pending) AS f WHERE type = 'lianzhi.echo.hole-skipped.v1'",
    )
    assert [fact["data"].count('"first": 1') for fact in told] == [1]
    with pytest.raises(NotFound):
        await skip_hole(runtime.database, runtime.hole_skipped, wanted, ("somebody", NOW))
