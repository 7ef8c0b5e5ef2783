"""Safelight for SQLAlchemy 2: the ledger, in the transaction of the row that names the file."""
