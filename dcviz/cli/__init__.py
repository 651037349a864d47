"""cli: the command line. Each command imports what it needs when it runs, so that listings are quick."""
