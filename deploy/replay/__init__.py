"""Replay, an operator's tool: reads audit's entries and every service's tables as the administrator.

`check(admin_url, names)` rebuilds state from the log and compares it with the live one; `asked` does so for auditors,
who have no such rights; `read_case` shows one case, `read_district` all of them at a moment or between two.
"""

from deploy.replay.case import read_case
from deploy.replay.check import check
from deploy.replay.district import read_district
from deploy.replay.report import Difference, Report

__all__ = ["Difference", "Report", "check", "read_case", "read_district"]
