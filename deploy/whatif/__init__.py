"""What a clock or a rule would have done: tried on the cases of the audit's log before it is switched on.

`read_past` reads, `try_clock` and `try_rules` are pure; nothing is written anywhere.
"""

from deploy.whatif.clocks import ClockTried, try_clock
from deploy.whatif.past import Past, PastCase, read_past
from deploy.whatif.rules import RulesTried, try_rules

__all__ = ["ClockTried", "Past", "PastCase", "RulesTried", "read_past", "try_clock", "try_rules"]
