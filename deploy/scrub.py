"""What erased contents leave behind on PostgreSQL's disk, made to go: old rows in the files, and the write-ahead log.

An erased row's key and ciphertext are in no table any more, but PostgreSQL overwrites nothing: they lie in the table's
file until their place is used again, and in the write-ahead log until its segments go. With the master key they could
be read there.
"""

import asyncpg

KEEPING = ("contents", "reporters", "text_marks")
"""Tables from which something can be erased, in whatever service has them."""

_THERE = """
SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
WHERE tablename = ANY($1) AND schemaname NOT LIKE 'pg\\_%' ORDER BY 1
"""


async def scrub(admin_url: str) -> list[str]:
    """Writes these tables anew, each locked meanwhile, and begins the write-ahead log anew: which tables.

    Segments are deleted rather than used again where `wal_recycle` is off.
    """
    connection = await asyncpg.connect(admin_url)
    try:
        tables = [row["name"] for row in await connection.fetch(_THERE, list(KEEPING))]
        for table in tables:
            await connection.execute(f"VACUUM (FULL) {table}")
        await connection.execute("SELECT pg_switch_wal()")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    return tables
