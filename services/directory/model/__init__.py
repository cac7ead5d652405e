"""Reference data (`entries`), who can sign in (`accounts`), what signs tokens (`keyring`)."""
