"""Problem families, a folder a domain."""
