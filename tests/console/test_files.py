"""Scripts and styles are kept as they were first given out; every browser gets the same."""

import httpx

from tests.console.conftest import Console

FILE = "/static/console.css"


async def test_a_file_is_the_same_for_everybody_compressed_or_not(console: Console) -> None:
    async with httpx.AsyncClient(base_url=console.url, trust_env=False) as browser:
        given = [await browser.get(FILE, headers={"Accept-Encoding": how}) for how in ("gzip", "identity") * 2]
        assert len({each.content for each in given}) == 1
        assert [each.headers.get("content-encoding") for each in given] == ["gzip", None] * 2
        assert {each.headers["x-content-type-options"] for each in given} == {"nosniff"}


async def test_who_has_a_file_or_wants_a_part_of_it_is_answered_so(console: Console) -> None:
    async with httpx.AsyncClient(base_url=console.url, trust_env=False) as browser:
        whole = await browser.get(FILE, headers={"Accept-Encoding": "identity"})
        unchanged = await browser.get(FILE, headers={"If-None-Match": whole.headers["etag"]})
        part = await browser.get(FILE, headers={"Range": "bytes=0-9", "Accept-Encoding": "identity"})
        missing = [await browser.get("/static/no-such-file.css") for _ in range(2)]
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert (part.status_code, part.content) == (206, whole.content[:10])
    assert [each.status_code for each in missing] == [404, 404]
