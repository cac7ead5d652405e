"""A million believable cases in dispatch's tables, in minutes: for lists, searches and figures at that size.

district  what of the reference data a story needs: matters, places, people
stories   one case walked through the real model, as offices and the centre would take it
shapes    the ways that cases go, and how many go each way
weaving   one walked case as a pattern, of which many are made: other ids, codes, places, times
filling   into the tables, in portions; refused where cases are that were not made here
logs      what was told of them, into the logs of dispatch and audit, for measuring a replay

The command makes lists only: without facts, contents or reports a replay finds rows without facts.
"""
