"""A ledger of an app's own, with what is required of one and no more."""

from safelight.ledger import MemoryLedger


class Bare:
    def __init__(self) -> None:
        inner = MemoryLedger()
        for ability in ("intend", "ready", "forget", "get", "attach", "release", "references", "held"):
            setattr(self, ability, getattr(inner, ability))
