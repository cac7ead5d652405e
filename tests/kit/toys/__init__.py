"""Services that are not part of the product: something to kill, poison and replay."""

TOYS = ("toy", "echo")
