"""A month of the log as a Parquet file: each entry a row, with the columns by which it is found and its bytes.

Any reader of Parquet reads it. Beside the rows, in the file's metadata under KEY, stands its label.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from services.audit.tree.label import Label
from services.audit.tree.tiles import WIDTH
from services.audit.tree.verdict import BadFile
from shared.signing.merkle import HASH

KEY = b"lianzhi-archive"
ROWS = 32 * WIDTH
"""In a row group: so many are in memory at once, and are passed over together by who looks for another time."""


def _column(name: str, type: pa.DataType, nullable: bool = False) -> pa.Field:
    return pa.field(name, type, nullable)


_TEXT, _COUNT, _TIME = pa.string(), pa.int64(), pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        _column("index", _COUNT),
        _column("source", _TEXT),
        _column("position", _COUNT),
        _column("topic", _TEXT),
        _column("partition", pa.int32()),
        _column("offset", _COUNT),
        _column("lane", pa.int16()),
        _column("sequence", _COUNT),
        _column("id", _TEXT),
        _column("type", _TEXT),
        _column("key", _TEXT),
        _column("time", _TIME),
        _column("actor", _TEXT),
        _column("department", _TEXT, nullable=True),
        _column("aggregate", _TEXT),
        _column("aggregate_id", _TEXT),
        _column("version", pa.int32()),
        _column("correlation", _TEXT, nullable=True),
        _column("causation", _TEXT, nullable=True),
        _column("headers", pa.binary()),
        _column("value", pa.binary()),
        _column("received_at", _TIME),
        _column("leaf", pa.binary(HASH)),
    ]
)
COLUMNS: Sequence[str] = SCHEMA.names
_BYTES = ("headers", "value", "leaf")
_FEW_WORDS = ["source", "topic", "type", "actor", "department", "aggregate", "key", "aggregate_id", "correlation"]


class Writer:
    """Into a file that is not there yet; rows come in order of index."""

    def __init__(self, file: Path, label: Label) -> None:
        self._writer = pq.ParquetWriter(
            file,
            SCHEMA,
            compression="zstd",
            compression_level=6,
            use_dictionary=_FEW_WORDS,
            write_statistics=[name for name in COLUMNS if name not in _BYTES],
            write_page_checksum=True,
            store_schema=False,
        )
        self._writer.add_key_value_metadata({KEY: label.pack()})

    def add(self, rows: Sequence[Any]) -> None:
        """One row group."""
        columns = {name: [row[name] for row in rows] for name in COLUMNS}
        self._writer.write_table(pa.table(columns, SCHEMA), row_group_size=ROWS)

    def close(self) -> None:
        self._writer.close()


def label_of(file: pq.ParquetFile) -> Label:
    """Raises BadFile."""
    found = (file.metadata.metadata or {}).get(KEY)
    if found is None:
        raise BadFile("it is no archive of this log: it has no label")
    return Label.read(found)


def opened(file: Path) -> pq.ParquetFile:
    """Raises BadFile, FileNotFoundError."""
    if not file.is_file():
        raise FileNotFoundError(file)
    try:
        return pq.ParquetFile(file, page_checksum_verification=True)
    except (pa.ArrowException, OSError, ValueError) as wrong:
        raise BadFile("it is no Parquet file, or its footer is damaged") from wrong
