"""The command `handoff`: its subcommands and what they print."""
