"""The Dongzheng district as reference data, put straight into a service's local copy where `directory` does not run."""

import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg
import yaml

import deploy

DISTRICT = Path(str(deploy.__file__)).parent / "districts" / "dongzheng"
EVER = date(1949, 10, 1)
Row = tuple[str, str, date, date | None, dict[str, Any]]


@cache
def rows() -> tuple[Row, ...]:
    """(kind, code, valid_from, valid_to, entry)."""
    return (
        *_departments(),
        *_areas(),
        *_posts(),
        *_categories(),
        *_rules(),
        *_authorities(),
        *_workflows(),
        *_clocks(),
    )


async def put(connection: asyncpg.Connection, schema: str, given: tuple[Row, ...] | None = None) -> None:
    """Into `<schema>.reference`; the district unless other rows are given."""
    wanted = rows() if given is None else given
    await connection.executemany(
        f"INSERT INTO {schema}.reference (kind, code, valid_from, valid_to, entry) VALUES ($1, $2, $3, $4, $5::jsonb)"
        " ON CONFLICT (kind, code, valid_from) DO UPDATE SET valid_to = EXCLUDED.valid_to, entry = EXCLUDED.entry",
        [(kind, code, since, to, json.dumps(entry)) for kind, code, since, to, entry in wanted],
    )
    await connection.execute(f"UPDATE {schema}.reference_changes SET revision = revision + 1")


@cache
def usernames() -> frozenset[str]:
    return frozenset(person["username"] for person in _read("staff"))


def department_of(client: str) -> str | None:
    """The department of a system client; None for a person."""
    return next((item["department"] for item in _read("clients") if item["client_id"] == client), None)


def _read(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((DISTRICT / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def _departments() -> Iterator[Row]:
    for item in _read("departments"):
        entry = {"name_zh": item["name"]["zh"], "name_en": item["name"]["en"]}
        entry |= {name: item[name] for name in ("parent", "service", "kind")}
        yield "department", item["code"], EVER, None, entry


def _areas() -> Iterator[Row]:
    for item in _read("areas"):
        entry = {"name_zh": item["name"]["zh"], "name_en": item["name"]["en"], "level": item["level"]}
        yield "area", item["code"], EVER, None, entry


def _posts() -> Iterator[Row]:
    for person in _read("staff"):
        for number, post in enumerate(person["posts"], 1):
            entry = {"holder": person["username"], **post}
            yield "post", f"{person['username']}:{number}", EVER, None, entry
    for client in _read("clients"):
        entry = {name: client[name] for name in ("role", "department", "area")}
        yield "post", client["client_id"], EVER, None, {"holder": client["client_id"], **entry}


def _categories() -> Iterator[Row]:
    for item in _read("categories"):
        entry = {"name_zh": item["name"]["zh"], "name_en": item["name"]["en"]}
        entry |= {
            name: item.get(name) for name in ("kind", "governance", "net", "handling", "duty", "follow_up", "circle")
        }
        yield "category", item["code"], EVER, None, entry


def _rules() -> Iterator[Row]:
    for item in _read("catalogue"):
        entry = {name: item[name] for name in ("category", "area", "lead", "co_handlers")}
        entry |= {"basis_zh": item["basis"]["zh"], "basis_en": item["basis"]["en"]}
        yield "rule", item["rule"], item["valid_from"], item["valid_to"], entry


def _authorities() -> Iterator[Row]:
    for item in _read("authorities"):
        entry = {name: item[name] for name in ("department", "category", "area")}
        entry |= {"basis_zh": item["basis"]["zh"], "basis_en": item["basis"]["en"]}
        yield "authority", item["authority"], item["valid_from"], item["valid_to"], entry


def _workflows() -> Iterator[Row]:
    for item in _read("workflows"):
        entry = {name: item[name] for name in ("workflow", "category", "area")}
        entry |= {"basis_zh": item["basis"]["zh"], "basis_en": item["basis"]["en"]}
        yield "workflow", item["id"], item["valid_from"], item["valid_to"], entry


def _clocks() -> Iterator[Row]:
    for item in _read("clocks"):
        policy = item["basis"] == "policy"
        basis = {"zh": "区级政策", "en": "district policy"} if policy else dict.fromkeys(("zh", "en"), item["basis"])
        extension = item["extension"] and {
            "longest": item["extension"]["length"],
            "approver": item["extension"]["approver"]["en"],
            "notice": item["extension"].get("notice") is not None,
        }
        dates = {name: item[name] and item[name].isoformat() for name in ("valid_from", "valid_to")}
        entry = {**item, **dates, "policy": policy, "basis": basis, "extension": extension}
        ladder = entry.pop("ladder", [])
        yield "clock", item["id"], item["valid_from"], item["valid_to"], {"rule": entry, "ladder": ladder}
