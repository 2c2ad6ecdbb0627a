"""OCI images made and pushed with nothing but Python's standard library."""
