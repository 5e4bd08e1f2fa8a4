"""What is shown of moments of truth: the list, one with its changes, the summary, the signals of the documents."""
