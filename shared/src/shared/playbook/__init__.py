"""The playbook: who hands over to whom, as data and as pure functions over values."""
