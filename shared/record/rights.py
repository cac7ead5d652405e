"""A service's role owns nothing and cannot alter what is recorded: by its grants, and by triggers should they fail."""

from shared.record.database import Connection

APPEND_ONLY = ("log", "entries", "conflicts")
"""Tables of a service that only grow, where it has them."""

_BYPASS = """
WITH kept AS (
    SELECT c.oid, c.relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_class parent ON parent.oid = i.inhparent
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND coalesce(parent.relname, c.relname) = ANY($1)
)
SELECT CASE
    WHEN (SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user)
        THEN 'this role is above all rights'
    WHEN EXISTS (SELECT 1 FROM kept WHERE pg_has_role(current_user, relowner, 'MEMBER')) OR pg_has_role(
        current_user, (SELECT nspowner FROM pg_namespace WHERE nspname = current_schema()), 'MEMBER')
        THEN 'this role is or may become the owner of the log'
    WHEN EXISTS (SELECT 1 FROM kept WHERE has_table_privilege(oid, 'UPDATE, DELETE, TRUNCATE'))
        THEN 'this role could alter the log'
    WHEN NOT EXISTS (SELECT 1 FROM kept) OR EXISTS (
        SELECT 1 FROM kept WHERE NOT EXISTS (
            SELECT 1 FROM pg_trigger WHERE tgrelid = kept.oid AND tgname = 'append_only' AND tgenabled IN ('O', 'A')))
        THEN 'the log is not guarded by its trigger'
END
"""


async def bypass(connection: Connection) -> str | None:
    """How this role could alter what is recorded; None if it cannot."""
    found: str | None = await connection.fetchval(_BYPASS, list(APPEND_ONLY), timeout=2)
    return found
