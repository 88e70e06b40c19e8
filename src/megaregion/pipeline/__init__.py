"""The room `pipeline`."""
