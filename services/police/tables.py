"""Where police keeps its tasks."""

from sqlalchemy import MetaData

from services.police.model import MODEL, OPENING_MODEL, SEARCH_MODEL
from shared.accesses.recording import OF_USE
from shared.desk.tables import marks_tables, matter_table, project_matter, supplement_table
from shared.record.aggregate import Aggregate, aggregate_table

METADATA = MetaData()
TASKS = Aggregate(MODEL, matter_table("tasks", METADATA), project_matter)
OPENING = Aggregate(OPENING_MODEL, aggregate_table("openings", METADATA), passing=OF_USE)
SEARCH = Aggregate(SEARCH_MODEL, aggregate_table("searches", METADATA), passing=OF_USE)
supplement_table(METADATA)
BESIDE = marks_tables(METADATA)
