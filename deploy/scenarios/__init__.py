"""Scenarios: months of a district's work as data, and the player that does it through the public APIs.

data     what a scenario is (`<name>/*.yaml`)
staff    who works where, from the district's files
matter   how far one matter has come, as its people know it
verbs    each step of the data as the calls of the person concerned
together what several offices do about one matter
calls    HTTP that survives restarts of the services
player   all matters in the order of their time
figures  what the log says came of them
"""
