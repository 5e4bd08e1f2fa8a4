"""The playbook as data: loading, checks, conditions, texts. Pure."""
