"""HTTP without a domain: authentication, problems, ETags, pagination, request bodies."""
