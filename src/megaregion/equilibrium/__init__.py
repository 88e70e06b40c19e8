"""The room `equilibrium`."""
