"""justice

owns   the tasks that were handed to its offices, and what they wrote about them
hears  dispatch's hand-offs `via` justice and what becomes of them, the directory
tells  task-received, task-accepted, progress-noted, task-finished, task-returned, case-file-opened,
       texts-searched … (`facts.py`)
"""
