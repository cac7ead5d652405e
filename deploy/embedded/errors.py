"""What an operator is told when the embedded run cannot go on."""


class CannotRun(Exception):
    """One sentence for the operator: what happened and what to do."""
