"""A case's code, and what its beginning tells of when it was opened."""

from datetime import datetime, timedelta

import pytest

from services.dispatch.codes import case_code, opened_within
from shared.clocks.zone import DISTRICT_ZONE

INSTANT = timedelta(microseconds=1)


def moment(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=DISTRICT_ZONE)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("beginning", "first", "end"),
    [
        ("500104-21", moment(2021, 1, 1), moment(2022, 1, 1)),
        ("500104-210", moment(2021, 1, 1), moment(2022, 1, 1)),
        ("500104-2112", moment(2021, 12, 1), moment(2022, 1, 1)),
        ("500104-2402", moment(2024, 2, 1), moment(2024, 3, 1)),
        ("500104-24022", moment(2024, 2, 1), moment(2024, 3, 1)),
        ("500104-240229", moment(2024, 2, 29), moment(2024, 3, 1)),
        ("500104-210305-7K3", moment(2021, 3, 5), moment(2021, 3, 6)),
    ],
)
def test_a_case_has_that_beginning_from_the_first_instant_to_the_last(
    beginning: str, first: datetime, end: datetime
) -> None:
    assert opened_within(beginning) == (first, end)
    dated = beginning[:13]
    whole = dated[: 7 + (len(dated) - 7) // 2 * 2]
    for inside in (first, end - INSTANT):
        assert case_code("500104002", inside, "x").startswith(whole)
    for outside in (first - INSTANT, end):
        assert not case_code("500104002", outside, "x").startswith(whole)


@pytest.mark.parametrize(
    "beginning",
    ["", "5001", "500104", "500104-", "500104-2", "500104-2113", "500104-210230", "50010-21", "x", "跃进村"],
)
def test_what_has_no_day_tells_nothing(beginning: str) -> None:
    assert opened_within(beginning) is None
