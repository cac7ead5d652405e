"""What the directory's rules allow, on facts alone."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.directory import facts
from services.directory.model import accounts, keyring
from services.directory.model.book import Book, Version, spans
from services.directory.model.entries import FACTS, MODEL, ChangeEntry, EndEntry, EntryState, RegisterEntry
from services.directory.model.refusals import (
    InThePast,
    NoSuchHolder,
    NotATown,
    NotInForce,
    NotYourOwn,
    OtherAuthority,
    OtherRule,
    StillHoldsPosts,
    StillUsed,
    WrongEnd,
)
from services.directory.tables import ENTRY
from shared.procedure.actor import Actor, Post, Role
from shared.procedure.step import Command
from shared.record.aggregate import dump, load
from shared.refusals.refusals import NotNow, NotPermitted, Refused

TODAY = date(2021, 6, 15)
NOW = datetime(2021, 6, 15, 2, tzinfo=UTC)
LATER = datetime(2021, 6, 15, 3, tzinfo=UTC)
EVER = date(1949, 10, 1)
ADMINISTRATOR = Actor("a", (Post(Role.ADMINISTRATOR, "governance_center", "500104"),))
LEAK = {"category": "leak", "area": "500104", "lead": "housing", "co_handlers": []}
BASIS = {"basis_zh": "目录", "basis_en": "Catalogue"}
CLOCK = {
    "id": "follow_up",
    "name": {"zh": "回访", "en": "Follow-up"},
    "basis": {"zh": "区级政策", "en": "district policy"},
    "unit": "working",
    "length": 5,
    "starts_on": "case_resolved",
    "stops_on": "case_followed_up",
    "valid_from": "2021-01-01",
}
DATA: dict[str, dict[str, Any]] = {
    "department": {
        "name_zh": "住建委",
        "name_en": "Housing",
        "parent": None,
        "service": None,
        "kind": "government",
    },
    "area": {"name_zh": "区", "name_en": "District", "level": "district"},
    "category": {
        "name_zh": "渗漏",
        "name_en": "Leak",
        "kind": "livelihood",
        "governance": None,
        "net": None,
        "handling": "handling_simple",
        "duty": "housing",
    },
    "rule": {**LEAK, **BASIS},
    "authority": {"department": "town", "category": "leak", "area": "500104", **BASIS},
    "workflow": {"workflow": 2, "category": "leak", "area": "500104", **BASIS},
    "clock": {"rule": CLOCK},
    "holidays": {"source_zh": "通知", "source_en": "Notice", "days_off": ["2022-10-03"], "days_worked": ["2022-10-08"]},
    "outline": {"area": "500104", "polygons": [[[[106.4, 29.4], [106.5, 29.4], [106.5, 29.5], [106.4, 29.4]]]]},
    "post": {"holder": "p1", "role": "handler", "department": "housing", "area": "500104"},
}


TOWN = {**DATA["department"], "kind": "subdistrict"}


def lasting(data: dict[str, Any], since: date = EVER, until: date | None = None) -> list[Version]:
    return [Version(valid_from=since, valid_to=until, data=data)]


def a_book(**more: list[Version]) -> Book:
    """Housing, the district and leaks, always there; `rule_R1=…` puts rule R1 in."""
    there = {
        ("department", "housing"): lasting(DATA["department"]),
        ("department", "town"): lasting(TOWN),
        ("area", "500104"): lasting(DATA["area"]),
        ("category", "leak"): lasting({**DATA["category"], "duty": None}),
    }
    for name, versions in more.items():
        kind, _, code = name.partition("_")
        there[kind, code] = versions
    return Book(there, frozenset({"p1"}), frozenset({1, 2}))


def command(kind: type[Command], entry: str = "department", at: datetime = NOW, **changed: Any) -> Command:
    code = {"area": "500104", "outline": "500104", "holidays": "2022"}.get(entry, "housing")
    given = {"actor": ADMINISTRATOR, "kind": entry, "code": code, "today": TODAY, "book": a_book()}
    if kind is EndEntry:
        given["valid_to"] = TODAY
    else:
        given |= {"data": DATA[entry], "valid_from": TODAY}
    return kind(at=at, **{**given, **changed})


def after(*commands: Command) -> EntryState:
    state = MODEL.blank
    for each in commands:
        state, _ = MODEL.carry_out(state, each)
    return state


def refusal(state: EntryState, given: Command) -> Refused:
    with pytest.raises(Refused) as refused:
        MODEL.decide(state, given)
    return refused.value


ENDING = [kind for kind in FACTS if FACTS[kind][2] is not None]
"""A year's notice is only ever corrected."""
SINCE = {kind: TODAY if kind == "workflow" else date(2021, 1, 1) for kind in FACTS}
"""Days of which it can be registered first: cases of days that have passed keep their workflow."""


@pytest.mark.parametrize("kind", ENDING)
def test_every_kind_is_registered_and_ended_with_its_own_facts(kind: str) -> None:
    registered, _, ended = FACTS[kind]
    state, told = MODEL.carry_out(MODEL.blank, command(RegisterEntry, kind, valid_from=SINCE[kind]))
    assert [type(fact) for fact in told] == [registered]
    assert isinstance(told[0], facts.DirectoryEntry)
    assert kind == "clock" or told[0].entry() == DATA[kind]
    assert state.status == "in_force"
    state, told = MODEL.carry_out(state, command(EndEntry, kind))
    assert [type(fact) for fact in told] == [ended]
    assert state.status == "ended"
    assert state.versions[-1].valid_to == TODAY


@pytest.mark.parametrize("kind", ENDING)
def test_what_is_stored_is_what_the_facts_say(kind: str) -> None:
    state, first = MODEL.carry_out(MODEL.blank, command(RegisterEntry, kind, valid_from=SINCE[kind]))
    state, second = MODEL.carry_out(state, command(EndEntry, kind))
    told = [type(fact).model_validate_json(fact.model_dump_json()) for fact in (*first, *second)]
    assert MODEL.fold(told) == state == load(ENTRY.model, dump(state))


def test_a_fact_names_no_holder_but_by_id() -> None:
    _, told = MODEL.carry_out(MODEL.blank, command(RegisterEntry, "post", code="post1"))
    assert set(type(told[0]).model_fields) == {
        *("at", "by", "by_department", "code", "valid_from", "valid_to"),
        *("holder", "role", "department", "area"),
    }


def test_a_clock_says_its_dates_and_ends_with_them() -> None:
    state = after(command(RegisterEntry, "clock", valid_from=date(2021, 2, 1)), command(EndEntry, "clock"))
    rule = state.versions[0].data["rule"]
    assert (rule["valid_from"], rule["valid_to"]) == ("2021-02-01", "2021-06-15")
    gone_at_once = after(command(RegisterEntry, "clock"), command(EndEntry, "clock"))
    assert list(spans(gone_at_once.versions)) == []


def test_a_first_registration_reaches_back() -> None:
    assert after(command(RegisterEntry, valid_from=EVER)).versions[0].valid_from == EVER


def test_its_history_is_recorded_in_the_same_moment() -> None:
    first = command(RegisterEntry, valid_from=EVER, valid_to=date(2020, 1, 1))
    state = after(first, command(ChangeEntry, valid_from=date(2020, 1, 1)))
    assert [span.end for span in spans(state.versions)] == [date(2020, 1, 1), None]


@pytest.mark.parametrize(("begin", "refused"), [(date(2021, 6, 14), True), (TODAY, False), (date(2021, 6, 16), False)])
def test_a_change_never_begins_before_today(begin: date, refused: bool) -> None:
    state = after(command(RegisterEntry, valid_from=EVER))
    change = command(ChangeEntry, at=LATER, valid_from=begin)
    if refused:
        assert isinstance(refusal(state, change), InThePast)
    else:
        assert MODEL.carry_out(state, change)[0].versions[-1].valid_from == begin


def test_what_has_ended_can_be_registered_again_from_today() -> None:
    ended = after(command(RegisterEntry, valid_from=EVER), command(EndEntry))
    yesterday = command(RegisterEntry, at=LATER, valid_from=date(2021, 6, 14))
    assert isinstance(refusal(ended, yesterday), InThePast)
    again, _ = MODEL.carry_out(ended, command(RegisterEntry, at=LATER))
    assert again.status == "in_force"
    assert [span.begin for span in spans(again.versions)] == [EVER, TODAY]


def test_a_version_that_has_ended_does_not_bring_back_the_one_before() -> None:
    state = after(command(RegisterEntry, valid_from=EVER), command(ChangeEntry), command(EndEntry, at=LATER))
    assert [(span.begin, span.end) for span in spans(state.versions)] == [(EVER, TODAY)]


def test_an_end_lies_neither_in_the_past_nor_before_the_beginning_nor_after_the_end() -> None:
    state = after(command(RegisterEntry, valid_from=EVER, valid_to=date(2021, 12, 31)))
    assert isinstance(refusal(state, command(EndEntry, valid_to=date(2021, 6, 14))), InThePast)
    assert isinstance(refusal(state, command(EndEntry, valid_to=date(2022, 1, 1))), WrongEnd)
    coming = after(command(RegisterEntry, valid_from=date(2021, 7, 1)))
    assert isinstance(refusal(coming, command(EndEntry)), WrongEnd)
    backwards = command(RegisterEntry, valid_from=TODAY, valid_to=TODAY)
    assert isinstance(refusal(MODEL.blank, backwards), WrongEnd)


@pytest.mark.parametrize("field", ["category", "area", "lead", "co_handlers"])
def test_a_rule_names_only_what_stands_on_all_its_days(field: str) -> None:
    unknown: object = ["500104999"] if field == "co_handlers" else "500104999"
    wrong = command(RegisterEntry, "rule", code="R1", data={**DATA["rule"], field: unknown})
    refused = refusal(MODEL.blank, wrong)
    assert isinstance(refused, NotInForce)
    assert refused.entry == "500104999"


@pytest.mark.parametrize("field", ["circle", "duty"])
def test_a_matter_names_only_departments_that_stand_and_keeps_them(field: str) -> None:
    def naming(code: str) -> dict[str, Any]:
        return {**DATA["category"], "duty": None, field: [code] if field == "circle" else code}

    refused = refusal(MODEL.blank, command(RegisterEntry, "category", code="drain", data=naming("nobody")))
    assert isinstance(refused, NotInForce)
    assert refused.entry == "nobody"
    used = command(EndEntry, book=a_book(category_leak=lasting(naming("housing"))))
    refused = refusal(after(command(RegisterEntry)), used)
    assert isinstance(refused, StillUsed)
    assert refused.users == ("category:leak",)


@pytest.mark.parametrize(
    ("stands_until", "rule_until", "allowed"),
    [
        (date(2021, 12, 31), None, False),
        (date(2021, 12, 31), date(2022, 1, 1), False),
        (date(2021, 12, 31), date(2021, 12, 31), True),
    ],
)
def test_a_rule_does_not_outlive_its_lead(stands_until: date, rule_until: date | None, allowed: bool) -> None:
    book = a_book(department_housing=lasting(DATA["department"], until=stands_until))
    rule = command(RegisterEntry, "rule", code="R1", book=book, valid_to=rule_until)
    if allowed:
        MODEL.decide(MODEL.blank, rule)
    else:
        assert isinstance(refusal(MODEL.blank, rule), NotInForce)


def test_a_department_may_change_while_a_rule_names_it() -> None:
    renamed = Version(valid_from=date(2021, 9, 1), data=DATA["department"])
    book = a_book(department_housing=[*lasting(DATA["department"]), renamed])
    MODEL.decide(MODEL.blank, command(RegisterEntry, "rule", code="R1", book=book))


@pytest.mark.parametrize(
    ("other", "begin", "end", "allowed"),
    [
        ((EVER, None), TODAY, None, False),
        ((EVER, TODAY), TODAY, None, True),
        ((EVER, date(2021, 6, 16)), TODAY, None, False),
        ((date(2021, 7, 1), None), TODAY, date(2021, 7, 1), True),
        ((date(2021, 7, 1), None), TODAY, date(2021, 7, 2), False),
    ],
)
def test_two_rules_never_hold_for_one_category_and_area(
    other: tuple[date, date | None], begin: date, end: date | None, allowed: bool
) -> None:
    book = a_book(rule_R1=lasting(DATA["rule"], *other))
    rule = command(RegisterEntry, "rule", code="R2", book=book, valid_from=begin, valid_to=end)
    if allowed:
        MODEL.decide(MODEL.blank, rule)
    else:
        assert isinstance(refusal(MODEL.blank, rule), OtherRule)
    MODEL.decide(MODEL.blank, rule.model_copy(update={"code": "R1"}))


def test_a_rule_for_a_smaller_area_stands_beside_the_wider_one() -> None:
    book = a_book(rule_R1=lasting({**DATA["rule"], "area": "500104002"}))
    MODEL.decide(MODEL.blank, command(RegisterEntry, "rule", code="R2", book=book))


@pytest.mark.parametrize("field", ["department", "category", "area"])
def test_an_authority_names_only_what_stands_on_all_its_days(field: str) -> None:
    wrong = command(RegisterEntry, "authority", code="A1", data={**DATA["authority"], field: "500104999"})
    refused = refusal(MODEL.blank, wrong)
    assert isinstance(refused, NotInForce)
    assert refused.entry == "500104999"


def test_only_a_township_or_subdistrict_is_empowered() -> None:
    for kind in ("government", "community", "centre"):
        book = a_book(department_town=lasting({**TOWN, "kind": kind}))
        assert isinstance(refusal(MODEL.blank, command(RegisterEntry, "authority", book=book)), NotATown), kind
    for kind in ("township", "subdistrict"):
        book = a_book(department_town=lasting({**TOWN, "kind": kind}))
        MODEL.decide(MODEL.blank, command(RegisterEntry, "authority", book=book))


@pytest.mark.parametrize(
    ("other", "begin", "end", "allowed"),
    [
        ((EVER, None), TODAY, None, False),
        ((EVER, TODAY), TODAY, None, True),
        ((EVER, date(2021, 6, 16)), TODAY, None, False),
        ((date(2021, 7, 1), None), TODAY, date(2021, 7, 1), True),
        ((date(2021, 7, 1), None), TODAY, date(2021, 7, 2), False),
    ],
)
def test_a_town_has_one_authority_at_a_time_for_one_matter(
    other: tuple[date, date | None], begin: date, end: date | None, allowed: bool
) -> None:
    book = a_book(authority_A1=lasting(DATA["authority"], *other), rule_R1=lasting(DATA["rule"]))
    second = command(RegisterEntry, "authority", code="A2", book=book, valid_from=begin, valid_to=end)
    if allowed:
        MODEL.decide(MODEL.blank, second)
    else:
        assert isinstance(refusal(MODEL.blank, second), OtherAuthority)
    MODEL.decide(MODEL.blank, second.model_copy(update={"code": "A1"}))


def test_an_authority_is_not_revoked_backwards_and_a_town_does_not_end_while_it_has_one() -> None:
    state = after(command(RegisterEntry, "authority", valid_from=EVER))
    assert isinstance(refusal(state, command(EndEntry, "authority", valid_to=date(2021, 6, 14))), InThePast)
    assert MODEL.carry_out(state, command(EndEntry, "authority"))[0].status == "ended"
    book = a_book(authority_A1=lasting(DATA["authority"]))
    there = after(command(RegisterEntry, valid_from=EVER, code="town", data=TOWN))
    refused = refusal(there, command(EndEntry, code="town", book=book))
    assert isinstance(refused, StillUsed)
    assert refused.users == ("authority:A1",)


def test_what_concerns_the_whole_district_is_not_for_an_administrator_of_a_part() -> None:
    local = Actor("a", (Post(Role.ADMINISTRATOR, "subdistrict", "500104002"),))
    for kind in ("department", "category", "clock"):
        assert isinstance(refusal(MODEL.blank, command(RegisterEntry, kind, actor=local)), NotPermitted)
    assert isinstance(refusal(after(command(RegisterEntry)), command(EndEntry, actor=local)), NotPermitted)
    about: dict[str, Any] = {"at": NOW, "actor": local, "root": "500104"}
    for given in (
        accounts.ResetCredential(**about, account="p1"),
        accounts.CloseAccount(**about, account="p1", posts=()),
    ):
        with pytest.raises(NotPermitted):
            accounts.MODEL.decide(account("staff"), given)
    with pytest.raises(NotPermitted):
        keyring.MODEL.decide(keyring.MODEL.blank, keyring.AddKey(**about, kid="k"))


def test_a_post_needs_department_area_and_holder() -> None:
    for field in ("department", "area"):
        wrong = command(RegisterEntry, "post", data={**DATA["post"], field: "500104999"})
        assert isinstance(refusal(MODEL.blank, wrong), NotInForce)
    nobody = command(RegisterEntry, "post", data={**DATA["post"], "holder": "nobody"})
    assert isinstance(refusal(MODEL.blank, nobody), NoSuchHolder)


def test_a_department_does_not_end_while_others_name_it() -> None:
    state = after(command(RegisterEntry, valid_from=EVER))
    book = a_book(rule_R1=lasting(DATA["rule"], EVER, date(2021, 12, 31)), post_p=lasting(DATA["post"], EVER, TODAY))
    refused = refusal(state, command(EndEntry, book=book))
    assert isinstance(refused, StillUsed)
    assert refused.users == ("rule:R1",)
    MODEL.decide(state, command(EndEntry, book=book, valid_to=date(2021, 12, 31)))


def test_an_administrator_of_one_subdistrict_maintains_that_one_only() -> None:
    local = Actor("a", (Post(Role.ADMINISTRATOR, "subdistrict", "500104002"),))
    for kind in ("rule", "post", "area", "authority"):
        wide = command(RegisterEntry, kind, code="500104", actor=local)
        assert isinstance(refusal(MODEL.blank, wide), NotPermitted)
    MODEL.decide(MODEL.blank, command(RegisterEntry, "area", code="500104002009", actor=local))


def test_an_administrator_of_one_subdistrict_does_not_narrow_the_districts_rule_to_it() -> None:
    local = Actor("a", (Post(Role.ADMINISTRATOR, "subdistrict", "500104002"),))
    book = a_book(area_500104002=lasting(DATA["area"]))
    here = {"code": "R1", "book": book, "data": {**DATA["rule"], "area": "500104002"}}
    district = after(command(RegisterEntry, "rule", code="R1", book=book))
    for day in (TODAY, date(2021, 12, 1)):
        narrowing = command(ChangeEntry, "rule", actor=local, valid_from=day, **here)
        assert isinstance(refusal(district, narrowing), NotPermitted)
        MODEL.decide(district, narrowing.model_copy(update={"actor": ADMINISTRATOR}))
    own = after(command(RegisterEntry, "rule", **here))
    MODEL.decide(own, command(ChangeEntry, "rule", actor=local, **here))
    widening = command(ChangeEntry, "rule", actor=local, code="R1", book=book)
    assert isinstance(refusal(own, widening), NotPermitted)


def test_what_the_district_has_handed_to_a_subdistrict_is_that_ones_to_change_from_then_on() -> None:
    local = Actor("a", (Post(Role.ADMINISTRATOR, "subdistrict", "500104002"),))
    book = a_book(area_500104002=lasting(DATA["area"]))
    here = {"code": "R1", "book": book, "data": {**DATA["rule"], "area": "500104002"}}
    july, august = date(2021, 7, 1), date(2021, 8, 1)
    handed = after(
        command(RegisterEntry, "rule", code="R1", book=book),
        command(ChangeEntry, "rule", at=LATER, valid_from=july, **here),
    )
    MODEL.decide(handed, command(ChangeEntry, "rule", actor=local, at=LATER, valid_from=august, **here))
    early = command(ChangeEntry, "rule", actor=local, at=LATER, **here)
    assert isinstance(refusal(handed, early), NotPermitted)


@pytest.mark.parametrize("kind", ["department", "category", "clock"])
def test_an_administrator_of_a_part_changes_nothing_that_is_for_all(kind: str) -> None:
    local = Actor("a", (Post(Role.ADMINISTRATOR, "subdistrict", "500104002"),))
    state = after(command(RegisterEntry, kind))
    for given in (ChangeEntry, EndEntry):
        assert isinstance(refusal(state, command(given, kind, actor=local)), NotPermitted)


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ADMINISTRATOR, Role.SERVICE)])
def test_nobody_but_administrators_changes_anything(role: Role) -> None:
    actor = Actor("x", (Post(role, "governance_center", ""),))
    for kind in FACTS:
        assert isinstance(refusal(MODEL.blank, command(RegisterEntry, kind, actor=actor)), NotPermitted)


def test_what_is_not_open_in_a_state_is_refused() -> None:
    new, there = MODEL.blank, after(command(RegisterEntry))
    ended = after(command(RegisterEntry), command(EndEntry))
    for state, given in (
        (new, ChangeEntry),
        (new, EndEntry),
        (there, RegisterEntry),
        (ended, ChangeEntry),
        (ended, EndEntry),
    ):
        assert isinstance(refusal(state, command(given)), NotNow)


def account(status: str) -> accounts.Account:
    return accounts.Account(status=status, department="housing")


def test_staff_and_systems_are_registered_by_department_alone() -> None:
    about: dict[str, Any] = {"at": NOW, "actor": ADMINISTRATOR, "account": "p1", "root": None}
    about |= {"today": TODAY, "book": a_book()}
    staff = accounts.MODEL.decide(accounts.MODEL.blank, accounts.RegisterStaff(**about, department="housing"))
    assert staff.model_dump(exclude={"at", "by", "by_department"}) == {
        "account": "p1",
        "department": "housing",
    }
    unknown = accounts.RegisterClient(**about, department="nowhere")
    with pytest.raises(NotInForce):
        accounts.MODEL.decide(accounts.MODEL.blank, unknown)


def test_a_password_is_changed_by_its_owner_or_reset_by_an_administrator() -> None:
    clerk = Actor("p1", (Post(Role.CLERK, "governance_center", "500104"),))
    own = accounts.ChangeOwnPassword(at=NOW, actor=clerk, account="p1")
    assert isinstance(accounts.MODEL.decide(account("staff"), own), facts.CredentialSet)
    with pytest.raises(NotYourOwn):
        accounts.MODEL.decide(account("staff"), own.model_copy(update={"account": "p2"}))
    with pytest.raises(NotPermitted):
        accounts.MODEL.decide(account("staff"), accounts.ResetCredential(at=NOW, actor=clerk, account="p2", root=None))


def test_nobody_leaves_while_holding_a_post() -> None:
    leave = accounts.CloseAccount(at=NOW, actor=ADMINISTRATOR, account="p1", posts=("post1",), root="500104")
    with pytest.raises(StillHoldsPosts):
        accounts.MODEL.decide(account("staff"), leave)
    free = leave.model_copy(update={"posts": ()})
    assert isinstance(accounts.MODEL.decide(account("staff"), free), facts.StaffLeft)
    assert isinstance(accounts.MODEL.decide(account("client"), free), facts.ClientWithdrawn)
    with pytest.raises(NotNow):
        accounts.MODEL.decide(account("closed"), free)
