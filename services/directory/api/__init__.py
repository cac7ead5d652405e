"""HTTP: reference data (`entries`), staff and systems (`people`); the forms they take (`forms`)."""
