"""A certificate on paper: what it says of a bundle (`claims`), how it is set (`page`, `letters`), reading it back."""
