"""Reference data with its versions by date; accounts, and beside them what is personal or secret."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Column, Date, DateTime, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.directory import facts
from services.directory.model import accounts, entries, keyring
from services.directory.model.book import spans
from shared.record.aggregate import Aggregate, Child, aggregate_table
from shared.record.beside import Beside

METADATA = MetaData()
TIME = DateTime(timezone=True)

ENTRIES = aggregate_table(
    "directory_entries",
    METADATA,
    Column("kind", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("status", Text, nullable=False),
)
VERSIONS = Table(
    "directory_versions",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date),
    Column("data", JSONB, nullable=False),
)
ACCOUNTS = aggregate_table(
    "accounts",
    METADATA,
    Column("status", Text, nullable=False),
    Column("department", Text, nullable=False),
)
KEYRINGS = aggregate_table("keyrings", METADATA)
IDENTITIES = Table(
    "identities",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text),
)
CREDENTIALS = Table(
    "credentials",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
KEYS = Table(
    "signing_keys",
    METADATA,
    Column("kid", Text, primary_key=True),
    Column("public", JSONB, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("made_at", TIME, nullable=False),
)
REVOKED = Table(
    "revoked_keys",
    METADATA,
    Column("kid", Text, primary_key=True),
    Column("revoked_at", TIME, nullable=False),
)
PLACES = Table(
    "good_places",
    METADATA,
    Column("place_digest", LargeBinary, primary_key=True),
    Column("last_at", TIME, nullable=False),
)
TRIES = Table(
    "wrong_tries",
    METADATA,
    Column("login_digest", LargeBinary, primary_key=True),
    Column("wrong", Integer, nullable=False),
    Column("last_at", TIME, nullable=False),
)
CODES = Table(
    "sign_in_codes",
    METADATA,
    Column("code_digest", LargeBinary, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("challenge", Text, nullable=False),
    Column("nonce", Text),
    Column("account", Text, nullable=False),
    Column("made_at", TIME, nullable=False),
)
LOADED = Table(
    "loaded",
    METADATA,
    Column("entry", Text, primary_key=True),
    Column("loaded_at", TIME, primary_key=True),
    Column("digest", Text, nullable=False),
)


def _entry_columns(id: str, entry: entries.EntryState) -> Mapping[str, Any]:
    return {"kind": entry.kind, "code": entry.code, "status": entry.status}


def _versions(id: str, entry: entries.EntryState) -> Iterator[Mapping[str, Any]]:
    for span in spans(entry.versions):
        yield {
            "kind": entry.kind,
            "code": entry.code,
            "valid_from": span.begin,
            "valid_to": span.end,
            "data": dict(span.data),
        }


def _account_columns(id: str, account: accounts.Account) -> Mapping[str, Any]:
    return {"status": account.status, "department": account.department}


ENTRY = Aggregate(entries.MODEL, ENTRIES, _entry_columns, (Child(VERSIONS, _versions),))
ACCOUNT = Aggregate(accounts.MODEL, ACCOUNTS, _account_columns)
KEYRING = Aggregate(keyring.MODEL, KEYRINGS)


def _identities(account: str, fact: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(fact, facts.StaffRegistered | facts.ClientRegistered):
        yield {"account": account}


def _credentials(account: str, fact: Any) -> Iterator[Mapping[str, Any]]:
    """One that was set later is told of by a fact of its own; the first may come with the account."""
    if isinstance(fact, facts.CredentialSet):
        yield {"account": account}


def _revoked(id: str, fact: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(fact, facts.SigningKeyRevoked):
        yield {"kid": fact.kid}


def _keys(id: str, fact: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(fact, facts.SigningKeyAdded):
        yield {"kid": fact.kid}


BESIDE = (
    Beside(IDENTITIES, "people's names and sign-in names: personal", _identities, whole=True),
    Beside(CREDENTIALS, "hashes of passwords and client secrets", _credentials, keys=("account",)),
    Beside(KEYS, "keys that sign access tokens: sealed", _keys, whole=True),
    Beside(REVOKED, "when a key was revoked, by the clock of the machine", _revoked, whole=True),
    Beside(PLACES, "where people sign in from, as digests, forgotten after a year"),
    Beside(TRIES, "wrong tries at signing in, forgotten after a day"),
    Beside(CODES, "codes for pages that people sign in to, gone when used or after a minute"),
    Beside(LOADED, "which of the district's files were read"),
)
