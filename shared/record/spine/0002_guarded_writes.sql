-- What a statement has touched has to be this many rows, or it and all beside it are undone: state LZ409, saying `otherwise`.
CREATE OR REPLACE FUNCTION exactly(touched bigint, wanted bigint, otherwise text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    IF touched <> wanted THEN
        RAISE EXCEPTION USING MESSAGE = otherwise, ERRCODE = 'LZ409';
    END IF;
    RETURN touched;
END $$;

-- The leader of which `term` has sent so far, and from where an operator wants it sent again.
ALTER TABLE sending
    DROP COLUMN IF EXISTS cluster,
    ADD COLUMN IF NOT EXISTS term bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS again_after bigint;

-- Beside the last own record in each partition, by which a lost tail is noticed, one that a look has found in place, by which a replaced log is.
ALTER TABLE anchors
    ADD COLUMN IF NOT EXISTS seen_offset bigint,
    ADD COLUMN IF NOT EXISTS seen_position bigint;
UPDATE anchors SET seen_offset = "offset", seen_position = position WHERE seen_offset IS NULL;
ALTER TABLE anchors
    ALTER COLUMN seen_offset SET NOT NULL,
    ALTER COLUMN seen_position SET NOT NULL;
