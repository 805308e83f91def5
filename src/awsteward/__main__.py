"""``python -m awsteward`` is the command itself."""

from awsteward.cli.main import main

if __name__ == "__main__":
    main()
