"""Events out of other systems' files: rows of CSV or JSON, read by a mapping, posted in batches, with a report."""
