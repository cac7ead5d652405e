"""Measures the running product against floors that are measured beside it (`lianzhi bench`)."""
