-- The tables that every service has, in its own schema. Run as the schema's owner, before the service's own first migration; what changed since is in the files behind this one.

CREATE TABLE pending (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    aggregate text NOT NULL,
    aggregate_id text NOT NULL,
    version integer NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    type text NOT NULL,
    attributes text NOT NULL,
    data bytea NOT NULL,
    UNIQUE (aggregate, aggregate_id, version)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_analyze_scale_factor = 0,
        autovacuum_analyze_threshold = 100000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX pending_key ON pending (key);

CREATE TABLE log (
    position bigint NOT NULL,
    topic text NOT NULL,
    lane smallint NOT NULL,
    sequence bigint NOT NULL,
    aggregate text NOT NULL,
    aggregate_id text NOT NULL,
    version integer NOT NULL,
    key text NOT NULL,
    type text NOT NULL,
    attributes text NOT NULL,
    data bytea NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (position)
) PARTITION BY RANGE (position);
CREATE INDEX log_aggregate ON log (aggregate, aggregate_id, version);
CREATE INDEX log_key ON log (key, position);
CREATE INDEX log_lane ON log (topic, lane, sequence);

-- Positions come in parts of two million. The sealer asks for the next part in time; it owns nothing, so a function does it.
-- Its search path is the migration's: the caller's could name another log.
CREATE FUNCTION extend_log(upto bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    part bigint := upto / 2000000;
    name text := format('log_p%s', part);
    home text := current_schema();
BEGIN
    IF to_regclass(format('%I.%I', home, name)) IS NULL THEN
        EXECUTE format('CREATE TABLE %I.%I PARTITION OF %I.log FOR VALUES FROM (%s) TO (%s)',
                       home, name, home, part * 2000000, (part + 1) * 2000000);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I.%I EXECUTE FUNCTION %I.refuse_change()', home, name, home);
    END IF;
END $$;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON log FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- One row: what has been sealed. `term` fences an old sealer out.
CREATE TABLE sealing (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL DEFAULT 0,
    term bigint NOT NULL DEFAULT 0,
    heads integer NOT NULL DEFAULT 0,
    head_position bigint NOT NULL DEFAULT 0,
    head_hash text NOT NULL DEFAULT ''
) WITH (fillfactor = 10);
INSERT INTO sealing DEFAULT VALUES;

CREATE TABLE lanes (
    topic text NOT NULL,
    lane smallint NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (topic, lane)
) WITH (fillfactor = 20);

-- One row: what has been sent; and the last own record in each partition, by which a lost or replaced log is noticed.
CREATE TABLE sending (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL DEFAULT 0,
    cluster text NOT NULL DEFAULT ''
) WITH (fillfactor = 10);
INSERT INTO sending DEFAULT VALUES;

CREATE TABLE anchors (
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 20);

-- What has been heard: the next offset of each partition with the identity of the last record, and the last sequence of each lane.
CREATE TABLE offsets (
    topic text NOT NULL,
    partition integer NOT NULL,
    next bigint NOT NULL,
    source text,
    position bigint,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 20);

CREATE TABLE marks (
    source text NOT NULL,
    topic text NOT NULL,
    lane smallint NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (source, topic, lane)
) WITH (fillfactor = 20);

-- Facts that wait: `failed` could not be handled, `behind` follow a failed one of the same key, `hole` follow a missing one of their lane.
CREATE TABLE parked (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    source text NOT NULL,
    position bigint NOT NULL,
    lane smallint NOT NULL,
    sequence bigint NOT NULL,
    key text NOT NULL,
    type text NOT NULL,
    headers bytea NOT NULL,
    value bytea NOT NULL,
    cause text NOT NULL CHECK (cause IN ('failed', 'behind', 'hole')),
    problem text NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    tries integer NOT NULL DEFAULT 0,
    UNIQUE (source, position)
);
CREATE INDEX parked_key ON parked (key, id);
CREATE INDEX parked_lane ON parked (source, topic, lane, sequence) WHERE cause = 'hole';

CREATE TABLE quarantine (
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    key bytea,
    headers bytea NOT NULL,
    value bytea,
    problem text NOT NULL,
    quarantined_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition, "offset")
);

CREATE TABLE idempotency (
    key text PRIMARY KEY,
    request bytea NOT NULL,
    answer text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotency_age ON idempotency (recorded_at);

-- The local copy of the directory, effective-dated.
CREATE TABLE reference (
    kind text NOT NULL,
    code text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    entry jsonb NOT NULL,
    PRIMARY KEY (kind, code, valid_from)
);
-- One row: grows in the transaction of each change, so that whoever sees the number sees the change.
CREATE TABLE reference_changes (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    revision bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
INSERT INTO reference_changes DEFAULT VALUES;

-- Free text and files, erasable: the key goes, the commitment in the facts stays.
CREATE TABLE contents (
    id text PRIMARY KEY,
    about text NOT NULL,
    kind text NOT NULL,
    media_type text NOT NULL,
    size integer NOT NULL,
    commitment text NOT NULL,
    salt bytea,
    wrapped_key bytea,
    sealed bytea,
    recorded_at timestamptz NOT NULL,
    erased_at timestamptz,
    visibility text NOT NULL
);
CREATE INDEX contents_about ON contents (about);
