-- A fact's signature is made once, when it is sealed: sent again, it has to be the same bytes.
ALTER TABLE log ADD COLUMN signature text;
