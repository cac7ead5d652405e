"""What echo tells."""

from shared.facts.fact import Fact


class Tallied(Fact, service="echo"):
    """`heard` facts of the counter so far, adding up to `total`."""

    about = "counter_id"
    counter_id: str
    heard: int
    total: int
