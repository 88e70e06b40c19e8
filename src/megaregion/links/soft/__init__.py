"""The room `links.soft`."""
