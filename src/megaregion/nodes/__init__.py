"""The room `nodes`."""
