"""emergency

owns   the tasks that were handed to its offices, and what they wrote about them
hears  dispatch's hand-offs `via` emergency and what becomes of them, intake's emergencies, the directory
tells  task-received, task-accepted, progress-noted, task-finished, task-returned, call-passed-on …,
       case-file-opened, texts-searched (`facts.py`)
"""
