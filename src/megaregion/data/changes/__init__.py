"""The changes that scenarios are made of, one file a family."""
