"""How the console looks: `frame.py` around every screen, `templates.py` pieces that are read, `moments.py` how times are
said, `colours.py` clocks' colours with their signs; style in `static/console.css`."""
