"""Rules of the data doctor, by what they look at."""
