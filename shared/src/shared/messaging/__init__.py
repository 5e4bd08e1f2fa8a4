"""How records travel between the services: outbox, transport, inbox, consume loop, dead letters."""
