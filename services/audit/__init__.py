"""audit

owns   the log of every record of every topic, its completeness, alarms (`log/`: the room of its own)
hears  everybody, itself included
tells  nothing yet but its own head facts
"""
