"""How the console looks.

`frame.py` around every screen, `navigation.py` whose screens there are, `palette.py` Ctrl-K; `screen.py` what every
screen is built in, `lists.py` and `filters.py` lists, `forms.py` steps as dialogs, `periods.py` what figures have in
common; `templates.py` renders what is read, `maps.py` and `flows.py` draw, `moments.py` says times, `plain.py` pages
without a live connection. The style is `static/console.css` and `static/figures.css`.
"""
