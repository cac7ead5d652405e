"""Which column is which, and codes for the names that people write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

REQUIRED = ("category", "area", "text")
HEADERS: Mapping[str, tuple[str, ...]] = {
    "category": ("category", "类别", "事项类别", "问题类别", "类型"),
    "area": ("area", "grid", "网格", "网格编码", "所属网格", "区域", "地点"),
    "text": ("text", "content", "description", "内容", "反映内容", "事项内容", "诉求内容", "问题描述"),
    "channel": ("channel", "source", "渠道", "来源", "反映渠道"),
    "occurred": ("occurred", "occurred_at", "time", "date", "发生时间", "反映时间", "时间", "日期"),
    "reporter_name": ("reporter_name", "reporter", "name", "姓名", "反映人", "反映人姓名", "联系人"),
    "reporter_phone": ("reporter_phone", "phone", "telephone", "电话", "联系电话", "手机", "手机号"),
    "reporter_address": ("reporter_address", "address", "住址", "联系地址", "反映人住址"),
    "complained_of": ("complained_of", "被反映单位", "被反映部门"),
    "meeting": ("meeting", "会议", "会议编号"),
}
AMBIGUOUS: Mapping[str, str] = {
    "地址": "反映人的住址请用列名“住址”，事发地点请写入“内容” / the reporter's own: 住址; where it happened: into 内容",
}
"""Titles that could mean two things: what to do about them."""
OF_ERROR_FILES = frozenset({"row", "reason"})
CHANNELS: Mapping[str, str] = {
    **dict.fromkeys(("网页", "网站", "网络", "互联网"), "web"),
    **dict.fromkeys(("手机", "小程序", "微信", "手机应用"), "mobile"),
    **dict.fromkeys(("电话", "来电", "热线", "热线电话", "12345热线", "12345"), "hotline"),
    **dict.fromkeys(("110转办", "110"), "110_transfer"),
    **dict.fromkeys(("来访", "走访", "窗口"), "visit"),
    **dict.fromkeys(("来信", "信件"), "letter"),
    **dict.fromkeys(("会议", "院坝会"), "meeting"),
    **dict.fromkeys(("巡查", "网格巡查", "网格员"), "patrol"),
    "志愿者": "volunteer",
    **dict.fromkeys(("表格", "表格导入"), "spreadsheet"),
}
DEFAULT_CHANNEL = "spreadsheet"


@dataclass(frozen=True)
class Columns:
    """`places`: where each field stands; `unused`: headers that mean nothing here."""

    places: Mapping[str, int]
    unused: tuple[str, ...]

    @classmethod
    def of(
        cls, header: Sequence[str], titles: Mapping[str, tuple[str, ...]] = HEADERS, needed: Sequence[str] = REQUIRED
    ) -> "Columns":
        """Raises ValueError where a needed column is missing, or one is there twice."""
        named = {name: field for field, names in titles.items() for name in names}
        places: dict[str, int] = {}
        unused = []
        for place, title in enumerate(header):
            field = named.get(_plain(title))
            if field is None:
                unused.append(title)
            elif field in places:
                raise ValueError(f"two columns are both '{field}': {header[places[field]]} and {title}")
            else:
                places[field] = place
        missing = [_accepted(field, titles[field]) for field in needed if field not in places]
        if missing:
            raise ValueError(f"no column {'; no column '.join(missing)}. There are: {', '.join(header)}")
        return cls(places, tuple(title for title in unused if title.strip() and title not in OF_ERROR_FILES))

    def values(self, row: Sequence[str]) -> dict[str, str]:
        """What is filled in, by field."""
        found = {field: row[place].strip() for field, place in self.places.items() if place < len(row)}
        return {field: unguarded(value) for field, value in found.items() if value}


def _accepted(field: str, titles: Sequence[str]) -> str:
    """A column by its own name, with all the titles that would do."""
    return f"{field} ({'、'.join(name for name in titles if name != field)})"


def _plain(title: str) -> str:
    return title.strip().strip("*").lower().replace(" ", "_")


DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def guarded(cell: str) -> str:
    """A cell that a spreadsheet program would run becomes one that it shows."""
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


def unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(DANGEROUS) else cell
