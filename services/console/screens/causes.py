"""What led to what in a case, through every office: each fact below the one that led to it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from nicegui import PageArguments

from services.console.desk import Desk
from services.console.look.screen import piece, screen
from services.console.people import names_of

DEEPEST = 6
"""Steps to the right; what lies deeper stands below one another."""
Fact = Mapping[str, Any]


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    ref = args.path_parameters["ref"]
    found = await desk.caller.get("audit", f"/v1/cases/{ref}/causes")
    people = await names_of(desk, (fact["actor"] for fact in found["facts"]))
    tree = list(branches(found["facts"], found["edges"]))
    piece(desk, "causes", code=found["code"] or ref, tree=tree, people=people)


def branches(facts: list[Fact], edges: list[Mapping[str, str]]) -> Iterator[tuple[int, Fact]]:
    """Depth and fact: what came from outside in order of time, below each what it led to."""
    caused = {edge["effect"] for edge in edges}
    below: Mapping[str, list[str]] = defaultdict(list)
    for edge in edges:
        below[edge["cause"]].append(edge["effect"])
    known = {fact["id"]: fact for fact in facts}
    place = {id: number for number, id in enumerate(known)}
    waiting = [(0, fact["id"]) for fact in reversed(facts) if fact["id"] not in caused]
    while waiting:
        depth, id = waiting.pop()
        yield min(depth, DEEPEST), known[id]
        waiting += [(depth + 1, each) for each in sorted(below[id], key=place.__getitem__, reverse=True)]
