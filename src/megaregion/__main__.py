"""`python -m megaregion`, for machines where the command is not on the path."""

from megaregion.cli.main import main

if __name__ == "__main__":
    main()
