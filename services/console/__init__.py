"""console: the page that people work in.

Owns nothing: it calls the other services' APIs with the access token of the person signed in (decision 0023).
Read `app.py` (what is served), `session.py` and `sign_in.py` (who it is), `calling.py` (how a service is asked),
then `look` (frame, style, pieces) and `screens`, one file a screen; `words.py` has every text in both languages.
"""
