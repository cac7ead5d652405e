"""What a clock, a rule or a version of the procedures would have done: tried on the audit's log before it holds.

`read_past` reads, `try_clock`, `try_rules` and `try_workflows` are pure; nothing is written anywhere.
"""

from deploy.whatif.clocks import ClockTried, try_clock
from deploy.whatif.past import Past, PastCase, read_past
from deploy.whatif.rules import RulesTried, try_rules
from deploy.whatif.workflows import WorkflowsTried, try_workflows

__all__ = [
    "ClockTried",
    "Past",
    "PastCase",
    "RulesTried",
    "WorkflowsTried",
    "read_past",
    "try_clock",
    "try_rules",
    "try_workflows",
]
