"""One trace from a request to its facts and to what follows from them elsewhere."""

import asyncio
import json
from typing import Any

import pytest

from shared.web.trace import continued
from tests.kit.world import World

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


async def told(toys: World, service: str, counter: str) -> dict[str, Any]:
    """The attributes of the first fact of a counter."""

    async def so() -> list[dict[str, Any]]:
        return await toys.fetch(service, "SELECT attributes FROM log WHERE key = $1 ORDER BY position", counter)

    found: dict[str, Any] = json.loads((await toys.until(so))[0]["attributes"])
    return found


async def test_a_request_and_all_that_follows_from_it_are_one_trace(
    toys: World, capfd: pytest.CaptureFixture[str]
) -> None:
    headers = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
    async with toys.client("toy") as client:
        await client.post("/v1/counters/traced/add", json={"amount": 1}, headers=headers)
    first, second = await told(toys, "toy", "traced"), await told(toys, "echo", "traced")
    version, trace, span, flags = first["traceparent"].split("-")
    assert (version, trace, flags) == ("00", TRACE, "01")
    assert span != SPAN, "this hop has a span of its own"
    assert second["traceparent"].split("-")[1] == TRACE
    assert second["causationid"] == first["id"]
    assert second["correlationid"] == first["correlationid"]
    assert f"trace='{TRACE}'" in "".join(capfd.readouterr())


async def test_requests_that_bring_no_trace_begin_one_each(toys: World) -> None:
    async with toys.client("toy") as client:
        for counter in ("begun", "another"):
            await client.post(f"/v1/counters/{counter}/add", json={"amount": 1})
    one, other = [(await told(toys, "toy", counter))["traceparent"] for counter in ("begun", "another")]
    assert one.split("-")[1] != other.split("-")[1]


async def test_requests_in_one_transaction_keep_their_own_traces(toys: World) -> None:
    traces = [f"{n:032x}" for n in range(1, 21)]
    async with toys.client("toy") as client:
        await asyncio.gather(
            *(
                client.post(
                    f"/v1/counters/own{trace}/add",
                    json={"amount": 1},
                    headers={"traceparent": f"00-{trace}-{SPAN}-00"},
                )
                for trace in traces
            )
        )
    for trace in traces:
        assert (await told(toys, "toy", f"own{trace}"))["traceparent"].startswith(f"00-{trace}-")


async def test_tracestate_goes_no_further(toys: World, capfd: pytest.CaptureFixture[str]) -> None:
    """Anybody may write anything there, and a fact is kept for good."""
    headers = {"traceparent": f"00-{TRACE}-{SPAN}-01", "tracestate": "vendor=zhangsan"}
    async with toys.client("toy") as client:
        answer = await client.post("/v1/counters/stated/add", json={"amount": 1}, headers=headers)
    assert answer.status_code == 201
    for service in ("toy", "echo"):
        attributes = await told(toys, service, "stated")
        assert attributes["traceparent"].split("-")[1] == TRACE
        assert "zhangsan" not in json.dumps(attributes)
    assert "zhangsan" not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "nonsense",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01\n",
        f"00-{TRACE}-{SPAN}",
    ],
)
def test_a_trace_that_is_not_of_its_form_is_not_continued(given: str | None) -> None:
    version, trace, span, flags = continued(given).split("-")
    assert (version, len(trace), len(span), flags) == ("00", 32, 16, "01")
    assert trace != TRACE


def test_the_callers_choice_of_sampling_is_kept() -> None:
    assert continued(f"00-{TRACE}-{SPAN}-00").endswith("-00")
