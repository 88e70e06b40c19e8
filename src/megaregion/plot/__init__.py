"""The room `plot`."""
