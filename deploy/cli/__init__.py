"""The command `lianzhi`."""
