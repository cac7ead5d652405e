"""P1: how many reports a second become durable, and how long one takes at half of that."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace

import orjson

from deploy.bench import mapped, processes
from deploy.bench.figures import Figure
from deploy.bench.load import Result, Spec
from deploy.bench.processes import until
from deploy.bench.stage import Stage
from deploy.embedded.ports import free_ports, is_free

CLIENTS = 64
ROUNDS = 3
SERVICES = ("directory", "intake")
REPORT = {
    "category": "parking.fire_lane",
    "area": "50010400200301",
    "text": "三栋楼下的消防通道长期停满私家车，消防车进不来，上周有住户报警，救护车在小区门口等了十几分钟。"
    "物业说管不了，希望有关部门尽快来现场看一看，划线清障，安排人员巡查，给大家一个答复。",
    "channel": "mobile",
    "reporter": {"name": "陈某某", "phone": "199-0000-0001"},
}


def measure(seconds: float) -> Sequence[Figure]:
    """Intake with its relay, PostgreSQL and Kafka; the other services do not run."""
    with Stage(SERVICES) as stage:
        stage.until_district("intake")
        stage.fetch(mapped.TABLE)
        port = stage.addresses.port("intake")
        with (
            _serving("deploy.bench.constant", stage) as bare,
            _serving("deploy.bench.mapped", stage) as mapped_,
        ):
            rounds = [[_load(each, seconds / ROUNDS) for each in (bare, mapped_, port)] for _ in range(ROUNDS)]
        floor, usual, ours = map(_typical, zip(*rounds, strict=True))
        half = _load(port, seconds, rate=ours.rate / 2)
        _check(stage, *(answers for *_, answers in rounds), half)
    return _figures(floor, usual, ours, half)


def _typical(rounds: Sequence[Result]) -> Result:
    """The round with the middle rate, and the errors of all: other work on the machine hits one round or another."""
    errors = sum((Counter(each.errors) for each in rounds), Counter[str]())
    return replace(sorted(rounds, key=lambda each: each.rate)[len(rounds) // 2], errors=dict(errors))


@contextmanager
def _serving(module: str, stage: Stage) -> Iterator[int]:
    (port,) = free_ports(1)
    with processes.program(module, str(port), told={"DATABASE_URL": stage.admin_url}):
        until(lambda: not is_free(port), f"{module} serves")
        yield port


def _load(port: int, seconds: float, rate: float = 0.0) -> Result:
    spec = Spec(
        port,
        "/v1/reports",
        orjson.dumps(REPORT).decode(),
        seconds,
        warm=min(2.0, seconds / 4),
        clients=0 if rate else CLIENTS,
        rate=rate,
    )
    return Result(**processes.ask("deploy.bench.load", asdict(spec)))


def _check(stage: Stage, *results: Result) -> None:
    """Everything answered is in the database with its fact."""
    reports = stage.value("SELECT count(*) FROM intake.reports")
    facts = stage.value(
        "SELECT (SELECT count(*) FROM intake.log WHERE aggregate = 'report')"
        " + (SELECT count(*) FROM intake.pending WHERE aggregate = 'report')"
    )
    answered = sum(result.answered for result in results)
    if reports < answered or facts != reports:
        raise AssertionError(f"{answered} answered, {reports} stored, {facts} facts")


def _figures(floor: Result, usual: Result, ours: Result, half: Result) -> list[Figure]:
    by_floor, by_usual = _ratio(ours.rate, floor.rate), _ratio(ours.rate, usual.rate)
    unit = f"reports/s, {CLIENTS} clients"
    more = {"p50_ms": ours.p50, "p99_ms": ours.p99, "errors": ours.errors}
    return [
        Figure(
            "P1", "durable intake, beside a constant answer", ours.rate, unit,
            floor.rate, by_floor, "≥ 0.5 × floor", by_floor >= 0.5 and not ours.errors, more,
        ),
        Figure(
            "P1_orm", "durable intake, beside one ORM transaction a request", ours.rate, unit,
            usual.rate, by_usual, "≥ 5 × floor", by_usual >= 5 and not ours.errors,
            {"floor_p99_ms": usual.p99},
        ),
        Figure(
            "P1_p99", f"answer to a report at half load ({half.rate:,.0f}/s)", half.p99, "ms, p99",
            None, None, "≤ 30 ms", 0 < half.p99 <= 30 and not half.errors,
            {"p50_ms": half.p50, "worst_ms": half.worst, "rate": half.rate, "errors": half.errors},
        ),
    ]  # fmt: skip


def _ratio(figure: float, floor: float) -> float:
    return figure / floor if floor else 0.0
