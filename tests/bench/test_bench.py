"""The benchmark itself: it measures what it says, and its report has the form that programs read."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.bench import bursts, life, sizes
from deploy.bench.figures import Figure, as_json, as_table
from deploy.bench.load import percentile
from deploy.bench.wire import connect, parsed, request
from deploy.cli.bench import chosen
from deploy.cli.main import app

FORM = {"figure", "unit", "floor", "ratio", "target", "met"}


def test_a_figure_is_reported_with_floor_ratio_and_target() -> None:
    figure = Figure("P9", "something", 10.0, "x/s", 4.0, 2.5, "≥ 2", True, {"p99_ms": 1.23456})
    assert as_json([figure])["P9"] == {
        "figure": 10.0,
        "unit": "x/s",
        "floor": 4.0,
        "ratio": 2.5,
        "target": "≥ 2",
        "met": True,
        "what": "something",
        "p99_ms": 1.235,
    }
    assert as_table([figure]).row_count == 1


def test_percentiles_come_from_the_values_themselves() -> None:
    values = [float(value) for value in range(1, 101)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile([], 0.5)) == (51.0, 100.0, 0.0)


def test_an_answer_is_read_when_it_is_complete() -> None:
    head = b"HTTP/1.1 201 Created\r\ncontent-type: text/plain\r\nContent-Length: 2\r\n\r\n"
    assert [parsed(head[:20]), parsed(head), parsed(head + b"o"), parsed(head + b"ok")] == [
        None,
        None,
        None,
        (201, b"ok"),
    ]


async def test_one_connection_carries_one_request_after_the_other() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                body = await reader.readexactly(2)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + body)
        writer.close()
        ended.set()

    ended = asyncio.Event()
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    connection = await connect(server.sockets[0].getsockname()[1])
    assert [await connection.ask(request("POST", "/", body)) for body in (b"{}", b"[]")] == [
        (200, b"{}"),
        (200, b"[]"),
    ]
    connection.close()
    await ended.wait()
    server.close()


@pytest.mark.timeout(240)
def test_a_short_run_reports_every_figure_of_p1(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    done = CliRunner().invoke(app, ["bench", "--only", "P1", "--seconds", "0.5", "--json", str(file)])
    assert done.exit_code == 0, done.output
    report = json.loads(file.read_text())
    assert set(report) == {"P1", "P1_orm", "P1_p99"}
    assert all(set(figure) >= FORM for figure in report.values())
    assert report["P1"]["figure"] > 0
    assert report["P1"]["errors"] == {}
    assert report["P1"]["ratio"] == pytest.approx(report["P1"]["figure"] / report["P1"]["floor"], abs=0.01)


def test_an_unknown_figure_is_refused_with_those_that_there_are() -> None:
    done = CliRunner().invoke(app, ["bench", "--only", "P77"])
    assert done.exit_code != 0
    assert all(name in done.output for name in ("P1", "P2", "P3"))


def test_the_rate_at_two_sizes_is_compared_pair_by_pair() -> None:
    """The machine was slow during the second pair: neither of the two is blamed for it."""
    few, many = ([life.Result(lives=n) for n in lives] for lives in ((1000, 100, 1000), (900, 90, 990)))
    figure = sizes.rate(few, many, seconds=10.0)
    assert figure.met
    assert figure.ratio == pytest.approx(0.9)
    slower = [life.Result(lives=n) for n in (899, 89, 990)]
    assert not sizes.rate(few, slower, seconds=10.0).met
    failed = [life.Result(lives=1000, errors={"create 500": 1}), *few[1:]]
    assert not sizes.rate(few, failed, seconds=10.0).met


def test_a_spike_counts_as_weathered_only_without_errors() -> None:
    calm = bursts.Result(calm_after=[0.0, 30.0, 1.0])
    assert sizes.spikes(calm, calm).met
    assert not sizes.spikes(calm, bursts.Result(calm_after=[0.0, 30.1, 1.0])).met
    assert not sizes.spikes(calm, bursts.Result(calm_after=[0.0], errors={"accept 503": 1})).met


def test_what_fills_a_million_cases_is_measured_only_when_it_is_named() -> None:
    assert chosen("") == ["P1", "P2", "P3"]
    assert chosen("p3_size, P8") == ["P3_SIZE", "P8"]
