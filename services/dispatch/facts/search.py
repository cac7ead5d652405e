"""Searches."""

from shared.search import recording


class TextsSearched(recording.TextsSearched, service="dispatch"):
    """Somebody looked for words in what offices wrote: how many were shown. Of the same words `digest` is the same."""
