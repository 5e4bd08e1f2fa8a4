"""Answers about tasks: lists, documents, packets, contact cards."""
