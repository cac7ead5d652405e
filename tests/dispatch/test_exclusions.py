"""Time that a clock leaves out, as offices record it and the centre puts it right, over HTTP."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from shared.world.world import set_clock
from tests.dispatch.conftest import Centre

pytestmark = pytest.mark.asyncio(loop_scope="session")
MONDAY = datetime.fromisoformat("2026-11-30T09:00:00+08:00")
APPRAISAL = {"ground": "appraisal", "paper": "鉴定委托书〔2026〕第8号"}
OFFICE, STATION, DISPATCHER = "city.tang", "station.jiang", "dispatch.cheng"


def day(number: int, hour: int = 9) -> datetime:
    """Of December 2026."""
    return datetime.fromisoformat(f"2026-12-{number:02}T{hour:02}:00:00+08:00")


def clock_of(case: dict[str, Any], rule: str) -> dict[str, Any]:
    return dict(next(clock for clock in case["clocks"] if clock["deadline"]["rule"] == rule))


async def at_work(centre: Centre) -> tuple[str, dict[str, Any]]:
    case = await centre.a_case()
    handoff = str(case["handoffs"][0]["handoff_id"])
    return handoff, await centre.does(OFFICE, f"handoffs/{handoff}/accept")


async def test_an_appraisal_is_recorded_shown_ended_corrected_and_struck(centre: Centre, clock_file: Path):
    try:
        set_clock(clock_file, MONDAY)
        handoff, case = await at_work(centre)
        path, rule = f"handoffs/{handoff}/exclusions", case["clocks"][-1]["deadline"]["rule"]
        was = clock_of(case, rule)["deadline"]["due_at"]
        assert was == "2026-12-22T00:00:00+08:00", "twenty days: Sunday 20, moved to Monday 21"
        assert case["handoffs"][0]["excludes"] == ["appraisal", "inspection"]
        assert "begin_exclusion" in case["handoffs"][0]["steps"]
        set_clock(clock_file, day(4))
        refused = await centre.does(OFFICE, path, {**APPRAISAL, "ground": "hearing", "since": str(day(2))}, 409)
        assert refused["code"] == "not-excluded"
        begun = await centre.does(OFFICE, path, {**APPRAISAL, "since": str(day(2))})
        part = begun["handoffs"][0]
        assert {"begin_exclusion", "end_exclusion"} & set(part["steps"]) == {"end_exclusion"}
        (shown,) = part["exclusions"]
        assert (shown["number"], shown["ground"], shown["until"]) == (1, "appraisal", None)
        assert shown["ground_name"] in ("鉴定", "appraisal")
        assert clock_of(begun, rule)["left_out"] == {"days": 2}
        looks = clock_of(begun, "exclusion")["deadline"]
        assert (looks["answerable"], looks["due_at"]) == ("governance_center", "2027-01-05T00:00:00+08:00")
        set_clock(clock_file, day(7))
        ended = await centre.does(OFFICE, f"{path}/1/end", {"until": str(day(7))})
        now = clock_of(ended, rule)["deadline"]["due_at"]
        assert now == "2026-12-26T00:00:00+08:00", "five days after Sunday 20: Friday 25"
        listed = await centre.sees(DISPATCHER, "handoffs?limit=500")
        rows = [row["due_at"] for row in listed["items"] if row["handoff_id"] == handoff]
        assert list(map(datetime.fromisoformat, rows)) == [datetime.fromisoformat(now)]
        wrong = {"since": str(day(2)), "until": str(day(3)), "reason": "鉴定意见书于12月3日送达"}
        await centre.does(OFFICE, f"{path}/1/correct", wrong, 403)
        right = await centre.does(DISPATCHER, f"{path}/1/correct", wrong)
        assert clock_of(right, rule)["left_out"] == {"days": 1}
        struck = await centre.does("supervise.mao", f"{path}/1/strike", {"reason": "该鉴定与本案无关"})
        assert (clock_of(struck, rule)["deadline"]["due_at"], clock_of(struck, rule)["left_out"]) == (was, {"days": 0})
        told = await centre.sees(DISPATCHER, f"cases/{case['case_id']}/timeline")
        kinds = [fact["type"].split(".")[2] for fact in told["items"]]
        assert [kind for kind in kinds if kind.startswith("exclusion-")] == [
            *("exclusion-begun", "exclusion-ended", "exclusion-corrected", "exclusion-struck")
        ]
        assert "鉴定委托书" not in str(told["items"]), "the paper is a content, not a fact's words"
        (paper,) = (fact["data"]["paper"]["id"] for fact in told["items"] if "paper" in fact["data"])
        async with centre.world.client("dispatch", OFFICE) as office:
            assert (await office.get(f"/v1/contents/{paper}")).text == APPRAISAL["paper"]
    finally:
        clock_file.unlink(missing_ok=True)


async def test_the_desk_of_the_police_follows_what_their_handler_records_at_the_centre(
    centre: Centre, clock_file: Path
):
    try:
        set_clock(clock_file, MONDAY)
        case = await centre.a_case("noise.living")
        handoff = str(case["handoffs"][0]["handoff_id"])
        async with centre.world.client("police", STATION) as police:
            await police.get(f"/v1/tasks/{handoff}", headers={"Prefer": "wait=15"})
            accepting = await police.post(f"/v1/tasks/{handoff}/accept")
            assert accepting.status_code == 200, accepting.text

            async def due() -> str:
                return str((await police.get(f"/v1/tasks/{handoff}")).json()["due_at"])

            async def handling() -> bool:
                clocks = (await centre.case(case["case_id"]))["clocks"]
                running = [k["deadline"]["due_at"] for k in clocks if not k["stopped_at"]]
                return running == [await due()]

            await centre.world.until(handling)
            before = datetime.fromisoformat(await due())
            path = f"handoffs/{handoff}/exclusions"
            set_clock(clock_file, day(7))
            await centre.does(OFFICE, path, {**APPRAISAL, "since": str(day(1))}, 404)
            await centre.does(STATION, path, {**APPRAISAL, "since": str(day(1))})
            await centre.does(STATION, f"{path}/1/end", {"until": str(day(7))})
            await centre.world.until(handling)
            assert datetime.fromisoformat(await due()) > before
    finally:
        clock_file.unlink(missing_ok=True)
