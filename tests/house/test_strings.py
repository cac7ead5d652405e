"""What a caller writes never becomes part of a fact: each string of a request is a choice, a look-up or a content."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.registry import load_service
from shared.web.app import create_app
from shared.web.settings import Settings

SERVICES = ("intake", "dispatch", "petition", "police", "justice", "emergency")
PERSONAL = ("zhang.san-13800001234", "13800001234", "m13800001234", "zhang_san", "500104199001011234")

# Kept as contents or with the reporter, encrypted and erasable; facts carry their ids.
CONTENTS = {
    *("text", "note", "result", "reason", "opinion", "grounds", "waiting_for", "why"),
    *("question", "paper", "statement", "conclusion"),
    *("name", "phone", "address", "file"),
}

# Looked up before anything is recorded: what the directory, or this service, does not know is refused.
KNOWN = {
    *("category", "area", "complained_of"),
    *("department", "lead", "co_handlers", "in_turn", "to"),
    *("into", "replaces", "disputed", "invited", "officer", "handoffs", "case_id", "after", "other", "attachments"),
    *("key", "problem", "type", "source", "topic"),  # of facts that wait and of holes
}


def strings(schema: Any, root: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every string in a body by the name of its field."""
    if "$ref" in schema:
        schema = root["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("prefixItems", ())):
        yield from strings(choice, root, name)
    if isinstance(schema.get("items"), dict):
        yield from strings(schema["items"], root, name)
    for field, part in schema.get("properties", {}).items():
        yield from strings(part, root, field)
    if schema.get("type") == "string":
        yield name, schema


def takes_anything_personal(schema: Any) -> bool:
    if "enum" in schema or "const" in schema or schema.get("format") == "date-time":
        return False
    return any(re.search(schema.get("pattern", ""), word) for word in PERSONAL)


@pytest.mark.parametrize("service", SERVICES)
def test_no_string_of_a_request_can_carry_a_name_or_a_number_into_a_fact(service: str) -> None:
    settings = Settings(database_url="", kafka_bootstrap="", oidc_issuer="", master_key="")
    document = create_app(load_service(service), settings).openapi()
    loose = [
        f"{method} {path}: {name}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        for body in operation.get("requestBody", {}).get("content", {}).values()
        for name, schema in strings(body.get("schema", {}), document)
        if name and takes_anything_personal(schema) and name not in CONTENTS | KNOWN
    ]
    assert loose == []
