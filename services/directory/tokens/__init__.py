"""Sign-in for the embedded run: OAuth 2.0 tokens (RFC 6749, RFC 9068), OpenID Connect for pages, keys, passwords.

`issue` who signs in and what they get; `routes` token, discovery, keys; `authorize` the page and the way back, with
`asked` (what a page asks for), `codes`, `page` and `words`; `samples` people to try; `throttle` wrong tries; `settings`
"""
