"""Rows in bulk: one statement per table, however many rows (`INSERT … SELECT unnest`)."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import asyncpg
import orjson
from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

from shared.record.database import Connection

RACED = "raced"
_MISSED = "LZ409"  # of the function `exactly`
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


class Missed(Exception):
    """A statement did not touch the rows it has to: others have changed them. Nothing of the transaction stands."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is stored in the same transaction as the command beside it."""

    table: Table
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Filed:
    """What `store` writes itself, last in the transaction, in one call with all others of the same `store`.

    For rows that need more than an insert: numbers in commit order, say.
    """

    store: Callable[[Connection, Sequence[Any]], Awaitable[None]]
    item: Any


@dataclass(frozen=True, slots=True)
class Statement:
    """An INSERT, UPDATE or DELETE with its values, not yet sent. `must`: how many rows it has to touch, or Missed."""

    text: str
    values: Sequence[Any]
    must: int | None = None
    missed: str = RACED


async def together(connection: Connection, statements: Sequence[Statement]) -> None:
    """All in one round trip and, without a transaction around it, one transaction; none sees what another does.

    Raises Missed.
    """
    if not statements:
        return
    text = _together(tuple((each.text, len(each.values), each.must is not None, each.missed) for each in statements))
    values = [value for each in statements for value in each.values]
    try:
        await connection.fetchrow(text, *values, *(each.must for each in statements if each.must is not None))
    except asyncpg.PostgresError as error:
        if error.sqlstate == _MISSED:
            raise Missed(str(error)) from None
        raise


@lru_cache(maxsize=256)
def _together(parts: tuple[tuple[str, int, bool, str], ...]) -> str:
    texts, checks, used = list[str](), list[str](), 0
    wanted = 1 + sum(count for _, count, _, _ in parts)
    for number, (text, count, must, missed) in enumerate(parts):
        texts.append(f"s{number} AS ({_renumbered(text, used)} RETURNING 1)")
        used += count
        if must:
            checks.append(f"exactly((SELECT count(*) FROM s{number}), ${wanted + len(checks)}::bigint, '{missed}')")
    return f"WITH {', '.join(texts)} SELECT {', '.join(checks) or 'true'}"


def _renumbered(text: str, used: int) -> str:
    return re.sub(r"\$(\d+)", lambda match: f"${int(match[1]) + used}", text)


def inserting_new(table: Table, rows: Sequence[Mapping[str, Any]]) -> Statement:
    """Missed when another transaction has inserted one of the keys."""
    return Statement(_statement(table, "new"), _columns(table, rows), len(rows))


def inserting(table: Table, rows: Sequence[Mapping[str, Any]]) -> Statement:
    return Statement(_statement(table, "insert"), _columns(table, rows))


def upserting(table: Table, rows: Sequence[Mapping[str, Any]]) -> Statement:
    """Insert, or replace by primary key. A key may occur once only."""
    return Statement(_statement(table, "upsert"), _columns(table, rows))


def updating(table: Table, rows: Sequence[Mapping[str, Any]], versions: Sequence[int]) -> Statement:
    """Replace rows that are still at these versions, or Missed."""
    return Statement(_statement(table, "update"), [*_columns(table, rows), list(versions)], len(rows))


def deleting(table: Table, keys: Sequence[tuple[Any, ...]]) -> Statement:
    """By primary key."""
    return Statement(_statement(table, "delete"), list(map(list, zip(*keys, strict=True))))


async def insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        await connection.execute(_statement(table, "insert"), *_columns(table, rows))


def by_table(rows: Iterable[Row | Filed]) -> dict[Table, list[Mapping[str, Any]]]:
    tables: dict[Table, list[Mapping[str, Any]]] = {}
    for row in rows:
        if isinstance(row, Row):
            tables.setdefault(row.table, []).append(row.values)
    return tables


async def file(connection: Connection, rows: Iterable[Row | Filed]) -> None:
    """Each `store` once, with its items in order."""
    stores: dict[Callable[[Connection, Sequence[Any]], Awaitable[None]], list[Any]] = {}
    for row in rows:
        if isinstance(row, Filed):
            stores.setdefault(row.store, []).append(row.item)
    for store, items in stores.items():
        await store(connection, items)


@lru_cache(maxsize=256)
def _statement(table: Table, kind: str) -> str:
    columns = list(table.columns)
    names = ", ".join(_quoted(column) for column in columns)
    keys = ", ".join(_quoted(column) for column in table.primary_key.columns)
    if kind == "delete":
        types = ", ".join(f"${i}::{_type(column)}[]" for i, column in enumerate(table.primary_key.columns, 1))
        return f"DELETE FROM {table.name} WHERE ({keys}) IN (SELECT * FROM unnest({types}))"
    arrays = ", ".join(
        f"${i}::{'text' if _is_json(column) else _type(column)}[]" for i, column in enumerate(columns, 1)
    )
    cast = ", ".join(f"{_quoted(column)}::jsonb" if _is_json(column) else _quoted(column) for column in columns)
    if kind == "update":
        changed = ", ".join(f"{_quoted(c)} = given.{_cast(c)}" for c in columns if not c.primary_key)
        same = " AND ".join(f"old.{_quoted(c)} = given.{_quoted(c)}" for c in table.primary_key.columns)
        given = f"unnest({arrays}, ${len(columns) + 1}::integer[]) AS given ({names}, was)"
        return f"UPDATE {table.name} AS old SET {changed} FROM {given} WHERE {same} AND old.version = given.was"
    cast = ", ".join(_cast(column) for column in columns)
    text = f"INSERT INTO {table.name} ({names}) SELECT {cast} FROM unnest({arrays}) AS given ({names})"
    if kind == "new":
        return f"{text} ON CONFLICT ({keys}) DO NOTHING"
    if kind == "upsert":
        changed = ", ".join(f"{_quoted(c)} = EXCLUDED.{_quoted(c)}" for c in columns if not c.primary_key)
        return f"{text} ON CONFLICT ({keys}) DO " + (f"UPDATE SET {changed}" if changed else "NOTHING")
    return text


def _cast(column: Column[Any]) -> str:
    return f"{_quoted(column)}::jsonb" if _is_json(column) else _quoted(column)


def _columns(table: Table, rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    columns: list[list[Any]] = []
    for column in table.columns:
        values = [row.get(column.name) for row in rows]
        if _is_json(column):
            values = [None if value is None else _json(value) for value in values]
        columns.append(values)
    return columns


def _json(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _is_json(column: Column[Any]) -> bool:
    return isinstance(column.type, JSONB)


def _type(column: Column[Any]) -> str:
    return column.type.compile(dialect=_DIALECT)


def _quoted(column: Column[Any]) -> str:
    return f'"{column.name}"'
