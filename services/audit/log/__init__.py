"""The log: appending in an order of its own, what is missing in it, and what it folds to."""
