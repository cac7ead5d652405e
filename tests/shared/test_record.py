"""Commands to durable state and facts: together, once, each with its own answer."""

import asyncio
from dataclasses import replace

import httpx
import pytest

from shared.contents.vault import Vault
from shared.facts.envelope import Trail, restore
from shared.procedure.actor import RESIDENT
from shared.record import decide
from shared.record.aggregate import Write
from shared.record.idempotency import Answer, Kept
from shared.record.recorder import Recorder, Request
from shared.record.rows import Row
from shared.refusals.refusals import KeyReused, NotNow, TooMuch, Unavailable
from tests.kit.toys.toy.facts import Added
from tests.kit.toys.toy.model import MODEL, Add, Close
from tests.kit.toys.toy.tables import COUNTERS, NOTES
from tests.kit.voice import NOW
from tests.kit.world import World

VAULT = Vault(b"k" * 32)


def add(counter: str, amount: int = 1) -> Write:
    return Write(COUNTERS, counter, [Add(at=NOW, actor=RESIDENT, counter_id=counter, amount=amount)])


def close(counter: str) -> Write:
    return Write(COUNTERS, counter, [Close(at=NOW, actor=RESIDENT, counter_id=counter)])


def request(*writes: Write, key: str | None = None) -> Request:
    kept = Kept(key, key.encode(), VAULT) if key else None
    return Request(writes, Trail(), kept, lambda outcomes: Answer(200, {"version": outcomes[0].version}, {}))


async def facts(world: World, counter: str) -> int:
    query = "SELECT (SELECT count(*) FROM pending WHERE key = $1) + (SELECT count(*) FROM log WHERE key = $1) AS n"
    return (await world.fetch("toy", query, counter))[0]["n"]


async def post(client: httpx.AsyncClient, counter: str, amount: object, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post(f"/v1/counters/{counter}/add", json={"amount": amount}, headers=named)


async def test_a_refusal_leaves_the_others_of_its_batch_alone(toys: World) -> None:
    async with toys.client("toy") as client:
        answers = await asyncio.gather(*(post(client, f"ra{n}", 2_000_000 if n == 7 else n) for n in range(30)))
    assert [answer.status_code for answer in answers] == [409 if n == 7 else 201 for n in range(30)]
    assert await facts(toys, "ra7") == 0
    assert await facts(toys, "ra8") == 1


async def test_a_database_error_leaves_the_others_of_its_batch_alone(toys: World) -> None:
    async with toys.client("toy") as client:
        answers = await asyncio.gather(*(post(client, f"db{n}", 666 if n == 7 else n) for n in range(30)))
    assert [answer.status_code for answer in answers] == [500 if n == 7 else 201 for n in range(30)]
    assert await facts(toys, "db7") == 0


async def test_many_commands_on_one_aggregate_count_each_once(toys: World) -> None:
    async with toys.client("toy") as client:
        answers = await asyncio.gather(*(post(client, "many", 1) for _ in range(100)))
        assert sorted(answer.json()["version"] for answer in answers) == list(range(1, 101))
        assert (await client.get("/v1/counters/many")).json() == {"version": 100, "total": 100}


async def test_replicas_that_change_one_aggregate_at_once_lose_nothing(toys: World) -> None:
    replicas = [Recorder(toys.runtime("toy").database, lambda keys: None) for _ in range(3)]
    for replica in replicas:
        replica.start()
    each = [[replica.record(request(add("shared"))) for _ in range(20)] for replica in replicas]
    done = await asyncio.gather(*(one for many in each for one in many))
    assert sorted(recorded.outcomes[0].version for recorded in done) == list(range(1, 61))
    assert await facts(toys, "shared") == 60
    for replica in replicas:
        await replica.stop()


async def test_the_same_key_at_two_replicas_at_once_gives_one_effect(toys: World) -> None:
    replicas = [Recorder(toys.runtime("toy").database, lambda keys: None) for _ in range(2)]
    for replica in replicas:
        replica.start()
    for n in range(20):
        both = [replica.record(request(add(f"both{n}"), key=f"both{n}")) for replica in replicas]
        assert sorted(recorded.again for recorded in await asyncio.gather(*both)) == [False, True]
        assert await facts(toys, f"both{n}") == 1
    for replica in replicas:
        await replica.stop()


async def test_the_same_key_at_once_gives_one_effect_and_the_same_answer(toys: World) -> None:
    async with toys.client("toy") as client:
        answers = await asyncio.gather(*(post(client, "idem", 4, idempotency_key="k1") for _ in range(20)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert sum("idempotent-replay" in answer.headers for answer in answers) == 19
    assert await facts(toys, "idem") == 1


async def test_a_repeated_key_is_answered_even_where_a_second_time_would_be_refused(toys: World) -> None:
    recorder = toys.runtime("toy").recorder
    for n in range(20):
        await recorder.record(request(add(f"twice{n}")))
        both = await asyncio.gather(*(recorder.record(request(close(f"twice{n}"), key=f"close{n}")) for _ in range(4)))
        assert {recorded.answer.body["version"] for recorded in both if recorded.answer} == {2}


async def test_the_same_key_for_another_request_is_refused(toys: World) -> None:
    first, other = request(add("body"), key="k2"), request(add("body"), key="k2")
    assert other.kept
    recorder = toys.runtime("toy").recorder
    await recorder.record(first)
    with pytest.raises(KeyReused):
        await recorder.record(replace(other, kept=replace(other.kept, fingerprint=b"another")))
    assert await facts(toys, "body") == 1


async def test_a_key_is_one_callers_and_one_routes_only(toys: World) -> None:
    async with toys.client("toy") as client:
        assert (await post(client, "route1", 1, idempotency_key="k3")).status_code == 201
        assert (await post(client, "route2", 1, idempotency_key="k3")).json()["id"] == "route2"


async def test_a_refused_request_does_not_use_its_key_up(toys: World) -> None:
    async with toys.client("toy") as client:
        assert (await post(client, "used", 2_000_000, idempotency_key="k4")).status_code == 409
        assert (await post(client, "used", 5, idempotency_key="k4")).status_code == 201


async def test_a_stale_if_match_is_refused(toys: World) -> None:
    async with toys.client("toy") as client:
        first = await post(client, "etag", 1)
        assert first.headers["etag"] == '"1"'
        assert (await post(client, "etag", 1, if_match='"1"')).status_code == 201
        stale = await post(client, "etag", 1, if_match='"1"')
        assert (stale.status_code, stale.json()["current"]) == (412, 2)
        assert (await post(client, "etag", 1, if_match="*")).status_code == 201
        assert (await post(client, "etag", 1, if_match="never")).status_code == 422


async def test_of_many_with_the_same_if_match_one_wins(toys: World) -> None:
    async with toys.client("toy") as client:
        await post(client, "race", 1)
        answers = await asyncio.gather(*(post(client, "race", 1, if_match='"1"') for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [412] * 19


async def test_writes_of_one_request_are_all_or_none(toys: World) -> None:
    recorder = toys.runtime("toy").recorder
    with pytest.raises(NotNow):
        await recorder.record(request(add("both"), close("never-opened")))
    assert await facts(toys, "both") == 0
    await recorder.record(request(add("both"), add("other")))
    assert (await facts(toys, "both"), await facts(toys, "other")) == (1, 1)


async def test_a_row_beside_a_command_is_stored_with_it_or_not_at_all(toys: World) -> None:
    recorder = toys.runtime("toy").recorder
    note = Row(NOTES, {"id": "n1", "words": "beside"})
    with pytest.raises(NotNow):
        await recorder.record(request(Write(COUNTERS, "rows", close("rows").commands, also=(note,))))
    assert await toys.fetch("toy", "SELECT * FROM note") == []
    await recorder.record(request(Write(COUNTERS, "rows", add("rows").commands, also=(note,))))
    assert await toys.fetch("toy", "SELECT * FROM note") == [{"id": "n1", "words": "beside"}]


@pytest.mark.parametrize(("size", "status"), [(0, 201), (1, 413)])
async def test_a_fact_that_could_not_be_sent_is_refused_before_anything_is_stored(
    toys: World, monkeypatch: pytest.MonkeyPatch, size: int, status: int
) -> None:
    """At its limit, and one byte above."""
    data = len(Added(at=NOW, by="x", counter_id=f"size{size}", amount=1, total=1).data())
    monkeypatch.setattr(decide, "LARGEST_FACT", data - size)
    async with toys.client("toy", language="zh") as client:
        answer = await post(client, f"size{size}", 1)
    assert answer.status_code == status
    assert await facts(toys, f"size{size}") == (status == 201)


async def test_a_bug_in_one_command_fails_that_request_only(toys: World) -> None:
    def broken(state: object) -> list[Add]:
        raise ZeroDivisionError

    recorder = toys.runtime("toy").recorder
    answers = await asyncio.gather(
        *(recorder.record(request(add(f"bug{n}"))) for n in range(5)),
        recorder.record(request(Write(COUNTERS, "bug5", broken))),
        return_exceptions=True,
    )
    assert [type(answer).__name__ for answer in answers] == ["Recorded"] * 5 + ["ZeroDivisionError"]


async def test_commands_that_arrive_together_share_transactions(toys: World) -> None:
    recorder, statement = toys.runtime("toy").recorder, "SELECT xmin::text FROM counter WHERE id LIKE 'grp%'"
    await asyncio.gather(*(recorder.record(request(add(f"grp{n}"))) for n in range(200)))
    assert len({row["xmin"] for row in await toys.fetch("toy", statement)}) <= 10


async def test_the_stored_state_is_the_fold_of_the_facts(toys: World) -> None:
    async with toys.client("toy") as client:
        for amount in (5, -2, 90):
            await post(client, "fold", amount)
        await client.post("/v1/counters/fold/close")
    await toys.settled()
    log = await toys.fetch(
        "toy", "SELECT type, data, attributes::jsonb ->> 'actor' AS who FROM log WHERE key = 'fold' ORDER BY position"
    )
    folded = MODEL.fold(restore(row["type"], row["data"], NOW, row["who"], None) for row in log)
    stored = (await toys.fetch("toy", "SELECT state FROM counter WHERE id = 'fold'"))[0]["state"]
    assert folded == MODEL.state.model_validate_json(stored)
    assert folded.status == "closed"


async def test_a_lost_connection_is_not_noticed_by_the_caller(toys: World) -> None:
    async with toys.client("toy") as client, toys.admin("toy") as admin:

        async def one(n: int) -> int:
            return (await post(client, "cut", 1, idempotency_key=f"cut{n}")).status_code

        asking = [asyncio.create_task(one(n)) for n in range(300)]
        for _ in range(5):
            await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lianzhi_toy'")
            await asyncio.sleep(0.02)
        assert set(await asyncio.gather(*asking)) <= {201, 503}
        assert {await one(n) for n in range(300)} == {201}
        assert (await client.get("/v1/counters/cut")).json()["total"] == 300


async def test_a_full_queue_refuses(toys: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.record.recorder.LONGEST_QUEUE", 0)
    with pytest.raises(TooMuch):
        await toys.runtime("toy").recorder.record(request(add("full")))


async def test_stopping_finishes_what_was_taken_and_refuses_what_comes_after(toys: World) -> None:
    runtime = toys.runtime("toy")
    recorder = type(runtime.recorder)(runtime.database, lambda keys: None)
    recorder.start()
    asked = [asyncio.create_task(recorder.record(request(add("stop")))) for _ in range(300)]
    await asyncio.sleep(0)
    await recorder.stop()
    assert [recorded.outcomes[0].id for recorded in await asyncio.gather(*asked)] == ["stop"] * 300
    with pytest.raises(Unavailable):
        await recorder.record(request(add("stop")))


async def test_a_hanging_process_does_not_hold_its_rows_for_ever(toys: World) -> None:
    """The server ends a session that is silent inside a transaction; a lost commit is never a quiet one."""
    async with toys.runtime("toy").database.plain() as connection:
        assert await connection.fetchval("SHOW idle_in_transaction_session_timeout") == "8s"
        assert await connection.fetchval("SHOW synchronous_commit") == "on"
