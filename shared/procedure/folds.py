"""Every service's models, for who must fold others' facts; the composition root fills it (decision 0003)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.procedure.model import Model


@dataclass(frozen=True, slots=True)
class Folds:
    """By source and aggregate name."""

    models: Mapping[tuple[str, str], Model[Any]] = field(default_factory=dict)

    def find(self, source: str, aggregate: str) -> Model[Any] | None:
        """None without a model here: facts that carry no state, or a service that is not installed."""
        return self.models.get((source, aggregate))

    def counted(self) -> list[tuple[str, str, Model[Any]]]:
        """Source and aggregate of all whose states say how they stand."""
        return [(*about, model) for about, model in self.models.items() if model.standing is not None]
