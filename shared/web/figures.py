"""What /metrics shows beside requests. While the database is away it shows what was known last, and since when."""

import asyncio
import time
from collections.abc import Mapping

from prometheus_client import Gauge, generate_latest

from shared.listen.consumer import Listener
from shared.listen.quarantine import WITH_DECISIONS
from shared.record.database import Database
from shared.relay.relay import Relay
from shared.world.world import made_at

_PATIENCE = 2.0
_GAUGES = {
    "relay_sealed_position": Gauge("relay_sealed_position", "Position sealed last"),
    "relay_sent_position": Gauge("relay_sent_position", "Position sent last"),
    "relay_leading": Gauge("relay_leading", "1 where this replica seals and sends"),
    "relay_failing_seconds": Gauge("relay_failing_seconds", "How long sealing and sending has failed; 0 when it goes"),
    "relay_pending_facts": Gauge("relay_pending_facts", "Facts that are recorded and not sealed yet"),
    "relay_pending_seconds": Gauge("relay_pending_seconds", "Age of the oldest of them"),
    "listen_failing_seconds": Gauge("listen_failing_seconds", "How long listening has failed; 0 when it goes"),
    "listen_parked_facts": Gauge("listen_parked_facts", "Facts that wait"),
    "listen_parked_seconds": Gauge("listen_parked_seconds", "How long the oldest of them has waited"),
    "listen_holes": Gauge("listen_holes", "Lanes that wait for a missing fact"),
    "listen_quarantined_records": Gauge("listen_quarantined_records", "Unreadable records nobody has dealt with"),
    "database_reachable": Gauge("database_reachable", "0 when the figures of the database are old"),
    "database_figures_seconds": Gauge("database_figures_seconds", "How old they are"),
}
_LAG = Gauge("listen_lag_records", "Records not read yet", ["topic", "partition"])

_QUERY = f"""
SELECT (SELECT count(*) FROM pending) AS relay_pending_facts,
       (SELECT attributes::json ->> 'id' FROM pending ORDER BY id LIMIT 1) AS oldest_pending,
       (SELECT count(*) FROM parked) AS listen_parked_facts,
       coalesce((SELECT extract(epoch FROM now() - parked_at)::float8 FROM parked ORDER BY id LIMIT 1), 0)
           AS listen_parked_seconds,
       (SELECT count(*) FROM (SELECT DISTINCT source, topic, lane FROM parked WHERE cause = 'hole') AS lanes)
           AS listen_holes,
       (SELECT count(*) {WITH_DECISIONS} WHERE decision.data IS NULL) AS listen_quarantined_records
"""


def failing_for(worker: Relay | Listener) -> float:
    """Seconds; 0 when it works."""
    since: float | None = getattr(worker, "failing_since", None)
    return 0.0 if since is None else time.monotonic() - since


class Figures:
    """Of one runtime; the database's are kept for when it is away."""

    def __init__(self, database: Database, relay: Relay, listener: Listener) -> None:
        self.database, self.relay, self.listener = database, relay, listener
        self._known: Mapping[str, float] = {}
        self._known_at = time.monotonic()

    async def text(self) -> bytes:
        """In Prometheus' form. Never fails."""
        reachable = await self._look()
        shown = {
            **self._known,
            "relay_sealed_position": self.relay.sealed,
            "relay_sent_position": self.relay.sent,
            "relay_leading": self.relay.leading,
            "relay_failing_seconds": failing_for(self.relay),
            "listen_failing_seconds": failing_for(self.listener),
            "database_reachable": reachable,
            "database_figures_seconds": time.monotonic() - self._known_at,
        }
        for name, value in shown.items():
            _GAUGES[name].set(value)
        return generate_latest()

    async def _look(self) -> bool:
        _LAG.clear()
        try:
            for (topic, partition), behind in (await self.listener.lag()).items():
                _LAG.labels(topic, partition).set(behind)
            async with asyncio.timeout(_PATIENCE), self.database.plain() as connection:
                (found,) = await connection.fetch(_QUERY)
        except Exception:  # whatever it is, those who watch must not go blind for it
            return False
        row = dict(found)
        oldest = row.pop("oldest_pending")
        row["relay_pending_seconds"] = max(0.0, time.time() - made_at(oldest)) if oldest else 0.0
        self._known, self._known_at = row, time.monotonic()
        return True
