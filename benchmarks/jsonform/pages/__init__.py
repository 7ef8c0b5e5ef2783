"""The peer's site, in the peer's guide's own way."""
