"""How the console looks.

`frame.py` around every screen, `navigation.py` whose screens there are, `palette.py` Ctrl-K; `screen.py` what every
screen is built in; `lists.py`, `filters.py` and `kept.py` lists; `forms.py` steps as dialogs of `inputs.py`,
`passing.py` a task passed on, `undo.py` the way back, `drafts.py` and `left.py` what was begun and not sent;
`following.py` what a service does by itself, `periods.py` what figures have in common; `templates.py` renders what is
read, `values.py` and `moments.py` say values and times, `maps.py` and `flows.py` draw; `plain.py` pages without a live
connection. The style is `static/*.css`.
"""
