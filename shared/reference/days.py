"""Working days as the directory knows them: the notices that it was given, over those of the package."""

from weakref import WeakKeyDictionary

from shared.clocks.days import HolidayYear, StateCouncilDays
from shared.reference.reference import Reference, Version

KIND = "holidays"
_NONE = StateCouncilDays()
_counted: "WeakKeyDictionary[Reference, tuple[int, tuple[Version, ...], StateCouncilDays]]" = WeakKeyDictionary()


def working_days(reference: Reference) -> StateCouncilDays:
    """By the newest version of each year's notice, whatever day it is from: it corrects the ones before it."""
    known = _counted.get(reference)
    if known is not None and known[0] == reference.revision:
        return known[2]
    newest: dict[str, Version] = {}
    for version in reference.versions(KIND):
        if version.code not in newest or newest[version.code].valid_from < version.valid_from:
            newest[version.code] = version
    notices = tuple(newest[code] for code in sorted(newest))
    days = known[2] if known is not None and known[1] == notices else _days(notices)
    _counted[reference] = reference.revision, notices, days
    return days


def _days(notices: tuple[Version, ...]) -> StateCouncilDays:
    return StateCouncilDays(*map(notice, notices)) if notices else _NONE


def notice(version: Version) -> HolidayYear:
    entry = version.entry
    return HolidayYear(
        year=int(version.code),
        source=entry["source_zh"],
        days_off=entry["days_off"],
        days_worked=entry["days_worked"],
    )
