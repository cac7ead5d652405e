"""echo

owns   tallies: what it heard of each counter
hears  toy
tells  tallied
"""
