"""The room `data.sources`."""
