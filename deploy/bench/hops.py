"""P2: from the commit of a report's acceptance until dispatch has committed its case with its offer."""

import asyncio
from collections.abc import Mapping, Sequence

from deploy.bench import bare_hop
from deploy.bench.figures import Figure
from deploy.bench.load import percentile
from deploy.bench.processes import Process, program, tell, until
from deploy.bench.stage import Stage
from shared.relay.topics import ensure_topics

RATE = 300.0
ENDS = ("intake", "dispatch")


def measure(seconds: float) -> Sequence[Figure]:
    """The two ends run in processes of the benchmark, without HTTP, beside the directory."""
    count = int(RATE * seconds)
    with Stage(["directory"], also=ENDS) as stage:
        stage.fetch(bare_hop.TABLES.split(";")[0])
        stage.fetch(bare_hop.TABLES.split(";")[1])
        asyncio.run(ensure_topics(stage.bootstrap, {bare_hop.TOPIC: bare_hop.PARTITIONS}))
        floor = sorted(_bare(stage, count))
        ours = sorted(_real(stage, count))
    return _figures(floor, ours)


def _bare(stage: Stage, count: int) -> list[float]:
    told = {"DATABASE_URL": stage.admin_url, "KAFKA_BOOTSTRAP": stage.bootstrap}
    module = "deploy.bench.bare_hop"
    with program(module, "hear", told=told) as hearer, program(module, "send", told=told) as sender:
        until(lambda: all(tell(end, do="ready")["joined"] for end in (hearer, sender)), "both ends are ready")
        warm = int(RATE)
        tell(sender, do="accept", rate=RATE, count=warm, **{"from": 0})
        sent = tell(sender, do="accept", rate=RATE, count=count, **{"from": warm})["times"]
        until(lambda: len(tell(hearer, do="times")["times"]) == warm + count, "all is heard")
        return _between(sent, tell(hearer, do="times")["times"])


def _real(stage: Stage, count: int) -> list[float]:
    intake, dispatch = (program("deploy.bench.hop", name, told=stage.environment(name)) for name in ENDS)
    with intake as near, dispatch as far:
        until(lambda: all(tell(end, do="ready")["joined"] for end in (near, far)), "both runtimes are ready")
        for name in ENDS:
            stage.until_district(name)
        _hop(stage, near, far, int(RATE))
        return _hop(stage, near, far, count)


def _hop(stage: Stage, near: Process, far: Process, count: int) -> list[float]:
    before = stage.value("SELECT count(*) FROM dispatch.cases")
    tell(near, do="register", count=count)
    until(lambda: stage.settled(*ENDS), "the reports are heard of")
    for end in (near, far):
        tell(end, do="begin")
    cases = tell(near, do="accept", rate=RATE)["cases"]
    until(lambda: stage.settled(*ENDS), "the acceptances are heard of")
    opened = stage.value("SELECT count(*) FROM dispatch.cases") - before
    if opened != count:
        raise AssertionError(f"{count} reports accepted, {opened} cases opened")
    sent, heard = (tell(end, do="times")["times"] for end in (near, far))
    return _between({case: sent[case] for case in cases}, heard)


def _between(sent: Mapping[str, float], heard: Mapping[str, float]) -> list[float]:
    """Milliseconds."""
    return [(heard[key] - began) * 1000 for key, began in sent.items()]


def _figures(floor: list[float], ours: list[float]) -> list[Figure]:
    bare, p50, p99 = percentile(floor, 0.5), percentile(ours, 0.5), percentile(ours, 0.99)
    more = {"floor_p99_ms": percentile(floor, 0.99), "worst_ms": ours[-1], "hops": len(ours), "rate": RATE}
    what = "one hop, acceptance → case offered"
    return [
        Figure(
            "P2", f"{what}, median", p50, "ms, p50",
            bare, p50 / bare, "≤ 2 × floor", p50 <= 2 * bare, more,
        ),
        Figure(
            "P2_p99", f"{what}, slowest hundredth", p99, "ms, p99",
            bare, p99 / bare, "≤ 8 × floor's median", p99 <= 8 * bare, more,
        ),
    ]  # fmt: skip
