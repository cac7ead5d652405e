"""Sign-in for the embedded run: OAuth 2.0 access tokens (RFC 6749, RFC 9068), keys, passwords."""
