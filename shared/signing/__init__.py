"""Signatures of facts, and the tree under them."""
