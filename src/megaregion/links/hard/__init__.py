"""The room `links.hard`."""
