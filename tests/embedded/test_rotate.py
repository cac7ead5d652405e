"""`lianzhi rotate-key` on a data directory where nothing runs: who is told of which key, and what is refused."""

import json
from base64 import b64decode
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deploy.cli.main import app
from deploy.embedded import keyring
from deploy.embedded.environment import Addresses, Surroundings
from deploy.embedded.folder import Folder
from deploy.embedded.postgres import Postgres
from deploy.log_keys import ORIGIN
from deploy.registry import SERVICES
from services.audit.tree.checkpoints import Checkpoint
from services.audit.tree.notes import SIGNS, SigningKey, write
from shared.facts.envelope import source_of
from shared.signing.facts import PublicKey, Signer


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    keyring.load(tmp_path / "secrets.json", SERVICES)
    return Folder(tmp_path)


def rotate(folder: Folder, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["rotate-key", *arguments, "--data", str(folder.root)])


def secrets(folder: Folder) -> dict[str, str]:
    return keyring.load(folder.secrets, SERVICES)


def told(folder: Folder) -> tuple[dict[str, str], dict[str, str]]:
    """The environments of audit and of the witness."""
    surroundings = Surroundings(folder, Addresses(9000, SERVICES), {}).as_of_now()
    return surroundings.of("audit", Postgres(folder.root, 9054, "p")), surroundings.of_witness()


def test_both_keys_of_the_log_are_in_use_until_the_witness_has_seen_the_new_one(folder: Folder) -> None:
    old = secrets(folder)[keyring.LOG]
    begun = rotate(folder, "log")
    new = secrets(folder)[keyring.LOG]
    assert begun.exit_code == 0, begun.output
    assert old != new
    audit, witness = told(folder)
    assert json.loads(audit["LOG_KEYS"]) == [new, old]
    keys = [SigningKey(ORIGIN, SIGNS, b64decode(key)) for key in (new, old)]
    assert json.loads(witness["WITNESS_LOGS"]) == {ORIGIN: [key.verifier().text() for key in keys]}
    assert keys[0].verifier().text() in begun.output
    assert new not in begun.output, "the secret one is not said"

    assert rotate(folder, "log").exit_code == 1
    early = rotate(folder, "log", "--finish")
    assert (early.exit_code, "has yet to see" in early.output) == (1, True), early.output
    seen(folder, keys[1])
    assert rotate(folder, "log", "--finish").exit_code == 1
    seen(folder, *keys)
    assert rotate(folder, "log", "--finish").exit_code == 0
    audit, witness = told(folder)
    assert json.loads(audit["LOG_KEYS"]) == [new]
    assert json.loads(witness["WITNESS_LOGS"]) == {ORIGIN: [keys[0].verifier().text()]}
    assert rotate(folder, "log", "--finish").exit_code == 1


def seen(folder: Folder, *keys: SigningKey) -> None:
    """What the witness keeps: the signatures of those keys that it knows."""
    text = Checkpoint(ORIGIN, 1, b"r" * 32).text()
    file = folder.witness / "log" / "checkpoint"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(write(text, [key.sign(text) for key in keys]), encoding="utf-8")


def test_a_lost_key_has_no_overlap(folder: Folder) -> None:
    old = secrets(folder)[keyring.LOG]
    assert rotate(folder, "log", "--lost").exit_code == 0
    audit, _ = told(folder)
    assert json.loads(audit["LOG_KEYS"]) == [secrets(folder)[keyring.LOG]] != [old]
    assert rotate(folder, "log", "--lost", "--finish").exit_code == 2


def test_audit_knows_both_keys_of_a_service_until_the_end(folder: Folder) -> None:
    old = public(folder, "police")
    assert rotate(folder, "police").exit_code == 0
    new = public(folder, "police")
    assert known(folder, "police") == {old, new}
    assert len(known(folder, "justice")) == 1
    assert rotate(folder, "police", "--finish").exit_code == 0
    assert known(folder, "police") == {new}


def public(folder: Folder, service: str) -> PublicKey:
    return Signer(source_of(service), b64decode(secrets(folder)[f"sign:{service}"])).key


def known(folder: Folder, service: str) -> set[PublicKey]:
    keys = map(PublicKey.read, json.loads(told(folder)[0]["FACT_KEYS"]))
    return {key for key in keys if key.source == source_of(service)}


def test_there_is_no_such_key(folder: Folder) -> None:
    assert rotate(folder, "nobody").exit_code == 2
