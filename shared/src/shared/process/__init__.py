"""How a service process runs: settings, loops, health, logs, shutdown."""
