"""How the console looks.

`frame.py` around every screen, `navigation.py` whose screens there are, `palette.py` Ctrl-K; `screen.py` what every
screen is built in; `lists.py`, `filters.py` and `kept.py` lists; `forms.py` steps as dialogs of `fields.py`,
`passing.py` a task passed on, `undo.py` the way back, `drafts.py` and `left.py` what was begun and not sent;
`templates.py` renders what is read, `moments.py` says times, `plain.py` pages without a live connection. The style is
`static/*.css`.
"""
