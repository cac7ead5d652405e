"""Tampering, each kind in each place, done for real and found: in the database, in Kafka, in the witness's copy.

`deeds.py` names the kinds; each test module has the table of its place: what is done, and what the report then says.
"""
