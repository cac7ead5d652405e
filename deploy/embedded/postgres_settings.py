"""PostgreSQL's settings for a small machine that is not to lose anything."""

from typing import Final

from deploy.embedded.ports import HOST

SETTINGS: Final[dict[str, str | int]] = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": 200,
    "password_encryption": "scram-sha-256",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "10min",
    # A segment that is kept for later use keeps what stood in it, erased keys too.
    "wal_recycle": "off",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_worker_processes": 4,
    "max_parallel_workers_per_gather": 1,
    "io_workers": 2,
    # By default a table waits until a fifth of it is stale; outbox and worklists cannot.
    "autovacuum_naptime": "10s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_vacuum_insert_scale_factor": "0.1",
    "autovacuum_analyze_scale_factor": "0.02",
    "autovacuum_vacuum_cost_limit": 1000,
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_lock_waits": "on",
    "log_checkpoints": "off",
}

ACCESS = f"host all all {HOST}/32 scram-sha-256\n"


def as_text(port: int) -> str:
    """The whole of `postgresql.conf`."""
    return "".join(f"{name} = '{value}'\n" for name, value in (SETTINGS | {"port": port}).items())
