"""`lianzhi docs`: what can be said of the system from its own code, written to `docs/generated`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

import shared
from deploy.registry import SERVICES, load_service
from shared.facts import catalogue
from shared.facts.fact import REGISTER, Fact
from shared.facts.schemas import compatible, schema_of
from shared.facts.upcast import can_be_lifted
from shared.listen.holes import hole_skipped_fact
from shared.listen.quarantine import dealt_with_fact
from shared.listen.reactions import Reactions
from shared.listen.waiting import skipped_fact
from shared.procedure import diagram
from shared.procedure.workflow import Workflow
from shared.reference.entry import Entry
from shared.relay.heads import head_fact
from shared.web.service import Service

ROOT = Path(str(shared.__file__)).parent.parent / "docs" / "generated"
SCHEMAS = "schemas"
VERSION = "1"


def docs(
    check: Annotated[bool, typer.Option(help="Write nothing; say what is not up to date.")] = False,
) -> None:
    """Write the facts' schemas, the catalogue and the procedures' diagrams."""
    made = documents()
    problems = broken_promises(ROOT, made)
    for problem in problems:
        typer.echo(problem, err=True)
    if check:
        problems += [f"{name} is not up to date: make docs" for name in outdated(ROOT, made)]
        typer.echo("\n".join(problems) or "Everything is up to date.")
    elif not problems:
        write(ROOT, made)
        typer.echo(f"{len(made)} documents in docs/generated")
    raise typer.Exit(1 if problems else 0)


def documents() -> dict[str, str]:
    """The text of each document by its name; the same on every machine."""
    services = [load_service(name) for name in SERVICES]
    facts = own_facts(services)
    hears = listeners(services, facts)
    made = {f"{SCHEMAS}/{fact.type()}.json": _json(schema_of(fact)) for fact in facts}
    made["asyncapi.json"] = _json(catalogue.asyncapi(facts, hears, VERSION))
    made["facts.md"] = catalogue.page(facts, hears)
    made["procedures.md"] = diagram.page(procedures(services))
    return made


def own_facts(services: Iterable[Service]) -> list[type[Fact]]:
    """Those of the services, with the ones that every service has."""
    names = {service.name for service in services}
    for name in names:
        head_fact(name)
        skipped_fact(name)
        hole_skipped_fact(name)
        dealt_with_fact(name)
    owned = tuple(f"services.{name}.facts." for name in names)
    found = (fact for fact in REGISTER.values() if f"{fact.__module__}.".startswith(owned))
    return sorted(found, key=lambda fact: fact.type())


def listeners(services: Iterable[Service], facts: Iterable[type[Fact]]) -> dict[str, list[str]]:
    """Which services react to each fact, by its type."""
    return {fact.type(): [service.name for service in services if _hears(service.reactions, fact)] for fact in facts}


def _hears(reactions: Reactions, fact: type[Fact]) -> bool:
    if fact.topic not in reactions.topics:
        return False
    return reactions.every is not None or fact in reactions.table or issubclass(fact, Entry)


def procedures(services: Iterable[Service]) -> dict[str, Sequence[Workflow]]:
    """Every version of each model's, by service and, where it is another word, aggregate."""
    found: dict[str, Sequence[Workflow]] = {}
    for service in services:
        for aggregate in service.aggregates:
            found[" · ".join(dict.fromkeys((service.name, aggregate.name)))] = aggregate.model.workflows
    return found


def broken_promises(root: Path, made: Mapping[str, str]) -> list[str]:
    """Released schemas (those on record) that would no longer be kept. One that was never released is deleted first."""
    problems = []
    for path in sorted((root / SCHEMAS).glob("*.json")):
        name, old = f"{SCHEMAS}/{path.name}", json.loads(path.read_text(encoding="utf-8"))
        if name in made:
            changes = compatible(old, json.loads(made[name]))
            problems += [f"{path.stem}: {change}; make it a new version with an upcaster" for change in changes]
        if not can_be_lifted(path.stem):
            problems.append(f"{path.stem}: nobody can read it any more; its newest version needs the upcasters from it")
    return problems


def outdated(root: Path, made: Mapping[str, str]) -> list[str]:
    """Documents that are missing or say something else; old schemas stay."""
    return [
        name for name, text in made.items() if not (root / name).exists() or (root / name).read_text("utf-8") != text
    ]


def write(root: Path, made: Mapping[str, str]) -> None:
    for name, text in made.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=False) + "\n"
