"""Times as people say them, in the district's zone; the exact time is told on hover."""

from datetime import datetime, timedelta

from shared.clocks.zone import DISTRICT_ZONE
from shared.refusals.words import Language, Word

TODAY, YESTERDAY, TOMORROW = Word("今天", "today"), Word("昨天", "yesterday"), Word("明天", "tomorrow")
LATE = Word("逾期 {span}", "{span} late")
LEFT = Word("还剩 {span}", "{span} left")
DAYS, HOURS, MINUTES = Word("{n} 天", "{n} d"), Word("{n} 小时", "{n} h"), Word("{n} 分钟", "{n} min")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def exact(at: datetime) -> str:
    return f"{at.astimezone(DISTRICT_ZONE):%Y-%m-%d %H:%M:%S}"


def said(at: datetime, now: datetime, language: Language) -> str:
    """今天 14:05; 3月5日 09:30; 2020年12月1日."""
    at, now = at.astimezone(DISTRICT_ZONE), now.astimezone(DISTRICT_ZONE)
    day = (at.date() - now.date()).days
    near = {0: TODAY, -1: YESTERDAY, 1: TOMORROW}.get(day)
    if near:
        return f"{near.said(language)} {at:%H:%M}"
    if language == "zh":
        return f"{at.month}月{at.day}日 {at:%H:%M}" if at.year == now.year else f"{at.year}年{at.month}月{at.day}日"
    month = f"{at.day} {MONTHS[at.month - 1]}"
    return f"{month} {at:%H:%M}" if at.year == now.year else f"{month} {at.year}"


def ends(at: datetime, now: datetime, language: Language) -> str:
    """As `said`; a midnight that ends something is 24:00 of its day."""
    local = at.astimezone(DISTRICT_ZONE)
    if (local.hour, local.minute) != (0, 0):
        return said(at, now, language)
    return said(at - timedelta(minutes=1), now, language).replace("23:59", "24:00")


def until(due: datetime, now: datetime, language: Language) -> str:
    """还剩 2 天 3 小时; 逾期 40 分钟. By the wall clock: working time is counted by the service that owns the clock."""
    word = LATE if due <= now else LEFT
    return word.said(language).format(span=span(abs(due - now), language))


def span(time: timedelta, language: Language) -> str:
    """The two largest units."""
    minutes = int(time.total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if days >= 10:
        return DAYS.said(language).format(n=days)
    if days:
        parts = [(DAYS, days), (HOURS, hours)]
    elif hours:
        parts = [(HOURS, hours), (MINUTES, minutes % 60)]
    else:
        parts = [(MINUTES, max(minutes, 1))]
    return " ".join(word.said(language).format(n=count) for word, count in parts if count)
