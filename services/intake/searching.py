"""Words in the texts of reports: who finds what by them."""

from collections.abc import Sequence

from services.intake import views
from services.intake.marking import TELLING
from services.intake.views import MarkedText, Seen, Wanted
from shared.contents.vault import Vault
from shared.search import looking
from shared.search.asking import Asked
from shared.search.looking import Found, Stretch
from shared.search.marks import area_mark, category_mark, has_mark, words_marks
from shared.web.runtime import Runtime


async def search(runtime: Runtime, asked: Asked, seen: Seen, limit: int) -> Found[MarkedText]:
    """What `seen` lets be seen, newest first."""
    wanted = _wanted(runtime.vault, asked, seen)

    async def candidates(stretch: Stretch, most: int) -> Sequence[MarkedText]:
        async with runtime.database.plain() as connection:
            return await views.marked_texts(connection, wanted, stretch, seen, most)

    return await looking.search(runtime, asked, sorted(TELLING), candidates, limit)


def _wanted(vault: Vault, asked: Asked, seen: Seen) -> Wanted:
    """Where an area has a mark of its own, the index narrows by it; the reports themselves are asked in any case."""
    marks = [mark for word in asked.words for mark in words_marks(vault, word)]
    if asked.category is not None:
        marks.append(category_mark(vault, asked.category))
    areas = [area_mark(vault, area) for area in seen.areas] if all(map(has_mark, seen.areas)) else []
    if len(areas) == 1:
        marks, areas = [*marks, *areas], []
    return Wanted(list(dict.fromkeys(marks)), areas, asked.category, asked.since, asked.until)
