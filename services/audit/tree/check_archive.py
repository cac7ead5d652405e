"""Checking an archive offline: each entry hashed anew, the range proven, every column held against the bytes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from services.audit.tree.archive import SCHEMA, label_of, opened
from services.audit.tree.entries import misfiled, to_entry
from services.audit.tree.label import Label
from services.audit.tree.notes import VerifierKey
from services.audit.tree.verdict import BadFile, Verdict, check_checkpoint
from shared.clocks.zone import DISTRICT_ZONE
from shared.facts.fact import REGISTER
from shared.signing.merkle import Growing, cover, leaf_hash

MOST = 200
"""Problems that are told."""
Progress = Callable[[int, int], None]
"""Rows checked, rows in all."""


@dataclass(slots=True, kw_only=True)
class ArchiveVerdict(Verdict):
    """`rows`: checked by now."""

    label: Label
    rows: int = 0

    def tell(self, place: str, zh: str, en: str) -> None:
        """No more than MOST: a file that is altogether another has as many problems as rows."""
        if len(self.problems) < MOST:
            self.add(place, zh, en)


def verify_archive(file: Path, trusted: Sequence[VerifierKey] = (), progress: Progress | None = None) -> ArchiveVerdict:
    """Without `trusted` the keys are the file's own word. Raises BadFile, OSError."""
    with opened(file) as parquet:
        verdict = ArchiveVerdict(pinned=bool(trusted), label=label_of(parquet))
        if not parquet.schema_arrow.remove_metadata().equals(SCHEMA):
            raise BadFile("its columns are not those of the log")
        check_checkpoint(verdict.label.checkpoint, verdict.label.vkeys, trusted, verdict)
        tree = _Tree(verdict)
        for rows in _groups(parquet, verdict):
            for row in rows:
                _check_row(row, verdict)
                tree.add(row)
            verdict.rows += len(rows)
            if progress is not None:
                progress(verdict.rows, parquet.metadata.num_rows)
        tree.finish()
    return verdict


class _Tree:
    """The rows' leaves between what the label has on either side."""

    def __init__(self, verdict: ArchiveVerdict) -> None:
        self.verdict, self.label, self.tree = verdict, verdict.label, Growing()
        self.next = self.label.first
        self.sound = self._fill((0, self.label.first), self.label.left)

    def add(self, row: Mapping[str, Any]) -> None:
        index = row["index"]
        if index > self.next:
            last = index - 1
            self.verdict.tell(f"index {self.next}–{last}", "这些条目不在文件中", "these entries are not in the file")
        elif index < self.next:
            self.verdict.tell(f"index {index}", "次序有误或者重复", "it is out of order, or there twice")
        self.sound = self.sound and index == self.next
        self.next = max(self.next, index + 1)
        if self.sound:
            self.tree.add(leaf_hash(row["headers"] + b"\n" + row["value"]))

    def finish(self) -> None:
        label, checkpoint = self.label, self.verdict.checkpoint
        place = f"index {label.first}–{label.behind - 1}"
        if self.next != label.behind:
            self.sound = False
            zh, en = f"文件止于第 {self.next} 条之前", f"the file ends before index {self.next}"
            self.verdict.tell(place, zh, en)
        if checkpoint is None or not self.sound:
            return
        if not self._fill((label.behind, checkpoint.size), label.right) or self.tree.root() != checkpoint.root:
            zh, en = "与检查点的根不符", "with these entries the log has not the root of its checkpoint"
            self.verdict.tell(place, zh, en)

    def _fill(self, whole: tuple[int, int], hashes: Sequence[bytes]) -> bool:
        nodes = cover(whole)
        if len(nodes) != len(hashes):
            self.verdict.tell("label", "证明的散列数目有误", "its proof has not as many hashes as it needs")
            return False
        for (level, _), hash in zip(nodes, hashes, strict=True):
            self.tree.add(hash, level)
        return True


def _groups(parquet: pq.ParquetFile, verdict: ArchiveVerdict) -> Iterator[list[dict[str, Any]]]:
    for number in range(parquet.metadata.num_row_groups):
        place = f"row group {number}"
        try:
            table = parquet.read_row_group(number)
            table.validate(full=True)
        except (pa.ArrowException, OSError) as wrong:
            verdict.tell(place, "数据损坏，无法读取", f"it is damaged and cannot be read: {type(wrong).__name__}")
            continue
        for name in _misleading(parquet.metadata, number, table):
            zh, en = f"{name} 列的统计值有误，查询会漏掉条目", f"its bounds of {name} are not those of its rows"
            verdict.tell(place, zh, en)
        yield table.to_pylist()


def _misleading(metadata: pq.FileMetaData, number: int, table: pa.Table) -> Iterator[str]:
    """By false bounds a query passes over what is there."""
    for place, name in enumerate(SCHEMA.names):
        told = metadata.row_group(number).column(place)
        try:  # of another type the bounds must not even be looked at: the library ends the process
            same = told.physical_type == metadata.schema.column(place).physical_type
            if not (same and _is_bounded(told, table.column(name))):
                yield name
        except (pa.ArrowException, ValueError, OverflowError):
            yield name


def _is_bounded(told: pq.ColumnChunkMetaData, column: pa.ChunkedArray) -> bool:
    """Raises what bounds raise that are no values at all."""
    stored = told.statistics
    if told.has_column_index or stored is None:
        return not told.has_column_index
    bounds = pc.min_max(column).as_py()
    told_right = not stored.has_min_max or (stored.min, stored.max) == (bounds["min"], bounds["max"])
    return told_right and (not stored.has_null_count or stored.null_count == column.null_count)


def _check_row(row: Mapping[str, Any], verdict: ArchiveVerdict) -> None:
    place = f"index {row['index']}"
    try:
        leaf = leaf_hash(to_entry(row["headers"], row["value"]))
    except ValueError:
        leaf = b""
    if leaf != row["leaf"]:
        verdict.tell(place, "内容与其散列不符", "its bytes are not those of its leaf")
        return
    for name in [*misfiled(row), *_untold(row, verdict.label)]:
        verdict.tell(place, f"{name} 列与其内容不符", f"its column {name} says another thing than its bytes")


def _untold(row: Mapping[str, Any], label: Label) -> Iterator[str]:
    """Of what the bytes do not say: the topic follows from the type, and nothing was received after its month."""
    known = REGISTER.get(row["type"])
    if row["topic"] != ("heads" if row["aggregate"] == "head" else known.topic if known else row["topic"]):
        yield "topic"
    if f"{row['received_at'].astimezone(DISTRICT_ZONE):%Y-%m}" > label.month:
        yield "received_at"
