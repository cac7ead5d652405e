"""toy

owns   counters
hears  nothing
tells  added, closed
"""
