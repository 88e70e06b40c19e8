"""The version, in a file of its own so that layer 0 can name it."""

__version__ = "0.1.0"
