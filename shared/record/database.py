"""The service's own PostgreSQL: an SQLAlchemy engine for reading, its plain asyncpg connections for the hot path."""

import errno
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from socket import gaierror
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

Connection = asyncpg.Connection
T = TypeVar("T")

AT_HAND = 8
PLANNING = "planning"
TRANSIENT = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.LockNotAvailableError,
    asyncpg.InvalidCachedStatementError,  # planned before a migration: the next try plans anew
    asyncpg.InternalClientError,  # a connection that died in the middle of something
    PoolTimeout,
    ConnectionError,
    TimeoutError,
    gaierror,
)
"""Errors that say nothing about the work itself: it can be tried again as it is."""

ENVIRONMENT = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.UndefinedObjectError,
    asyncpg.InvalidColumnReferenceError,  # ON CONFLICT names a key that is not there yet
    asyncpg.DatatypeMismatchError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.PostgresSystemError,
)
"""The database is not as this version needs it. PostgreSQL finds that before it looks at any value."""

_ENDED = ("connection is closed", "another operation is cancelling")
_OF_THE_MACHINE = {
    *(errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM),
    *(errno.ENETDOWN, errno.ENETUNREACH, errno.ENETRESET, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL),
}


class Unreachable(ConnectionError):
    """No connection could be made, whatever the system calls it."""


@contextmanager
def outages_passed_over() -> Iterator[None]:
    """For work that is done again soon: the database being away is left to those who wait for it."""
    try:
        yield
    except Exception as error:  # asked what it is; everything else is raised
        if not is_transient(error):
            raise


def is_transient(error: BaseException) -> bool:
    """It goes away without anybody's doing; the work is tried again as it is."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    bare = _bare(error)
    if isinstance(bare, asyncpg.InterfaceError):
        # The driver has one class for a connection that has ended and for being used wrongly.
        return not isinstance(bare, ValueError) and any(said in str(bare) for said in _ENDED)
    return isinstance(bare, TRANSIENT) or (isinstance(bare, OSError) and bare.errno in _OF_THE_MACHINE)


def is_environment(error: BaseException) -> bool:
    """A migration, a grant or a setting is missing: no fault of the work, which waits until somebody mends that."""
    return isinstance(_bare(error), ENVIRONMENT)


def _bare(error: BaseException) -> BaseException:
    """The driver's own error, out of SQLAlchemy's."""
    if isinstance(error, DBAPIError):
        return _bare(error.__cause__ or error.orig or Exception())
    cause = getattr(error, "driver_exception", None)
    return _bare(cause) if isinstance(cause, BaseException) else error


class Database:
    """Connections as the service's own role, in its own schema."""

    def __init__(self, url: str, size: int = 6) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url.replace("postgresql://", "postgresql+asyncpg://", 1),
            # Nothing above the size: what exceeds it would be closed at once and opened again for the next request.
            pool_size=size + AT_HAND,
            max_overflow=0,
            pool_timeout=10,
            pool_pre_ping=False,
            isolation_level="READ COMMITTED",
            json_deserializer=str,  # jsonb stays text: each reader parses it by its own model
            connect_args={
                "timeout": 5,
                "command_timeout": 30,
                "server_settings": {
                    "tcp_keepalives_idle": "5",
                    "jit": "off",
                    # Durability is promised by the 2xx and needed by the seal: no role's default may undo it.
                    "synchronous_commit": "on",
                    # A process that hangs inside a transaction would hold its rows against all others.
                    "idle_in_transaction_session_timeout": "8s",
                },
            },
        )
        event.listen(self.engine.sync_engine, "checkout", _refuse_closed)
        self._at_hand: list[tuple[AsyncConnection, Any]] = []
        self._waiting = 0

    @asynccontextmanager
    async def plain(self) -> AsyncIterator[Connection]:
        """A pooled asyncpg connection, no transaction begun. A broken one is not given back to the pool."""
        connection, raw = await self._take()
        try:
            yield raw
        except BaseException:
            # A transaction whose very beginning was interrupted is none to the server, but still one to the driver.
            if raw.is_closed() or raw.is_in_transaction() or raw._top_xact is not None:
                await connection.invalidate()
            await connection.close()
            raise
        # A few stay at hand: taking one out of the pool costs more than a short transaction.
        if self._waiting or len(self._at_hand) >= AT_HAND or raw.is_closed():
            await connection.close()
        else:
            self._at_hand.append((connection, raw))

    async def _take(self) -> tuple[AsyncConnection, Any]:
        while self._at_hand:
            connection, raw = self._at_hand.pop()
            if not raw.is_closed():
                return connection, raw
            await connection.invalidate()
            await connection.close()
        self._waiting += 1
        try:
            connection = await self._connect()
        finally:
            self._waiting -= 1
        try:
            await _planning(connection, "auto")
            return connection, (await connection.get_raw_connection()).driver_connection
        except BaseException:
            await connection.close()
            raise

    async def _connect(self) -> AsyncConnection:
        """Raises Unreachable, PoolTimeout, or what the server answered."""
        try:
            return await self.engine.connect()
        except OSError as error:  # also a socket's file that is gone, or several addresses' errors in one
            raise Unreachable("no connection to the database") from error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with self.plain() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Planned anew for its values each time: how many rows fit, and so which index is best, hangs on them."""
        connection = await self._connect()
        try:
            await _planning(connection, "force_custom_plan")
            yield connection
        finally:
            await connection.close()

    async def close(self) -> None:
        while self._at_hand:
            await self._at_hand.pop()[0].close()
        await self.engine.dispose()


async def _planning(connection: AsyncConnection, mode: str) -> None:
    """How the connection's statements are planned from now on. It stays so in the pool, where it is asked seldom."""
    if connection.info.get(PLANNING, "auto") != mode:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        await raw.execute(f"SET plan_cache_mode = {mode}")
        connection.info[PLANNING] = mode


def _refuse_closed(connection: Any, record: Any, proxy: Any) -> None:
    """The server has gone away while it lay in the pool: so have all the others there."""
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError


async def retry_transient(work: Callable[[], Awaitable[T]], pauses: tuple[float, ...] = (0.05, 0.2, 0.8)) -> T:
    """Run it again after a transient error, with the given pauses in seconds; the last error is raised."""
    import asyncio

    for pause in pauses:
        try:
            return await work()
        except Exception as error:
            if not is_transient(error):
                raise
        await asyncio.sleep(pause)
    return await work()
