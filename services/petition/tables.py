"""Where petition keeps its petitions."""

from sqlalchemy import MetaData

from services.petition.model import MODEL
from shared.desk.tables import matter_table, project_matter, supplement_table
from shared.record.aggregate import Aggregate

METADATA = MetaData()
PETITIONS = Aggregate(MODEL, matter_table("petitions", METADATA), project_matter)
supplement_table(METADATA)
