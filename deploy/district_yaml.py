"""Rows of a district's YAML files that know where they stand, and the one sentence that tells what is wrong there."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

IN_CHINESE = {
    "missing": "缺少 {field}",
    "extra_forbidden": "没有 {field} 这一项",
    "literal_error": "{field} 的取值不在允许之列",
    "string_pattern_mismatch": "{field} 的写法不对",
}


class WrongFile(Exception):
    """Names the file, the line and what is wrong there, in both languages."""

    def __init__(self, path: Path, line: int, zh: str, en: str) -> None:
        self.path, self.line = path, line
        self.zh, self.en = f"{path} 第 {line} 行：{zh}。", f"{path}, line {line}: {en}."
        self.what = en
        super().__init__(self.en)


def stamp(folder: Path) -> list[tuple[str, int, int]]:
    """Changes with any of the files."""
    files = sorted((*folder.glob("*.yaml"), *folder.glob("*.geojson")))
    found = ((path.name, path.stat()) for path in files)
    return [(name, stat.st_mtime_ns, stat.st_size) for name, stat in found]


class Row(dict[str, Any]):
    """A mapping of the file; `lines` by key."""

    line = 0
    lines: dict[Any, int]

    def line_of(self, way: Sequence[Any]) -> int:
        """Of what one comes to by these keys, as far as they lead."""
        found: Any = self
        line = self.line
        for key in way:
            if isinstance(found, Row) and key in found:
                line, found = found.lines[key], found[key]
            elif isinstance(found, list) and isinstance(key, int) and key < len(found):
                found = found[key]
                line = found.line if isinstance(found, Row) else line
            else:
                break
        return line


_Loader: Any = type("_Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})


def _mapping(loader: Any, node: Any) -> Iterator[Row]:
    row = Row()
    row.line = node.start_mark.line + 1
    row.lines = {}
    yield row
    row.update(loader.construct_mapping(node))
    row.lines = {loader.construct_object(key): key.start_mark.line + 1 for key, _ in node.value}


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def parsed(path: Path) -> Any:
    """What the file holds, None if there is none. Raises WrongFile where it is not YAML."""
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return yaml.load(text, _Loader)  # noqa: S506 (derived from the safe loader)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        line, problem = (mark.line + 1 if mark else 1), " ".join(filter(None, (wrong.context, wrong.problem)))
        raise WrongFile(path, line, f"不是正确的 YAML({problem})", f"this is not YAML ({problem})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        problem = str(wrong).replace("\n", " ")
        raise WrongFile(path, 1, f"不是正确的 YAML({problem})", f"this is not YAML ({problem})") from None


def rows(path: Path) -> list[Row]:
    """A list of mappings. Raises WrongFile."""
    found = parsed(path) or []
    if not isinstance(found, list):
        raise WrongFile(
            path, getattr(found, "line", 1), "应是以 - 开头的列表", "a list of rows that begin with - is expected"
        )
    for before, row in zip([None, *found], found, strict=False):
        if not isinstance(row, Row):
            line = before.line if isinstance(before, Row) else 1
            en = f"a row of `key: value` is expected, not {str(row)[:40]!r}"
            raise WrongFile(path, line, f"应是“键：值”，而不是 {str(row)[:40]!r}", en)
    return found


@contextmanager
def reading(path: Path, row: Any) -> Iterator[None]:
    """What goes wrong while the row is read is told as a WrongFile."""
    try:
        yield
    except KeyError as missing:
        key = missing.args[0]
        raise WrongFile(path, _line(row, ()), f"缺少 {key}", f"'{key}' is missing") from None
    except ValueError as wrong:
        raise _as_told(path, row, wrong) from None
    except (TypeError, AttributeError, IndexError):
        raise WrongFile(
            path, _line(row, ()), "这一项的写法不对", "this entry has not the form it should have"
        ) from None


def _as_told(path: Path, row: Any, wrong: Any) -> WrongFile:
    """`wrong` is pydantic's, which is not imported here: every start reads these files, and few read them by forms."""
    # A misspelt name is both missing and one too many: where it stands is the better place.
    first = min(wrong.errors(), key=lambda error: error["type"] != "extra_forbidden")
    way, field = first["loc"], ".".join(map(str, first["loc"])) or "?"
    zh = IN_CHINESE.get(first["type"], "{field} 的内容不对").format(field=field)
    return WrongFile(path, _line(row, way), f"{zh}({first['msg']})", f"{field}: {first['msg']}")


def _line(row: Any, way: Sequence[Any]) -> int:
    return row.line_of(way) if isinstance(row, Row) else 1
