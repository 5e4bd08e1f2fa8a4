"""The settings of a dealer as forms: each field is named by its path in the document."""
