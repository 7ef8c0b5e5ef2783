"""Our site."""
