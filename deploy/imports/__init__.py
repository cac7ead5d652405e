"""Reports from tables that come from outside, such as another platform's export or a meeting's list.

reports      a row as the request that registers it, or what is wrong with it
sending      many at once, each once
errors       the rows that were not taken, to be corrected and imported again

Files and columns are read by `shared/sheets`.
"""
