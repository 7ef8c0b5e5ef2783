"""Files whose bytes are there and whose row is not, as after an older backup of the ledger was restored: they are
verified as any upload is, for what lies in a storage is believed no more."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from dataclasses import replace

from ..blob import AS_SENT, Blob
from ..errors import Refusal, SafelightError
from ..pipeline import check
from ..policy import DOCUMENTS, FILES, IMAGES, Policy
from ..protocols import Storage
from ..upload import Upload

log = logging.getLogger(__name__)


def recovered(key: str, policy: Policy | None, storages: Mapping[str, Storage]) -> Blob | None:
    """The facts of what lies under `key` in one of `storages`; None if nothing does, or if it is not what Safelight
    would have stored there. Where no policy is known, it may be whatever Safelight can verify. Who sent it, and under
    which name, is forgotten. So is its thumbnail, which is made anew by those who make missing ones."""
    for name in _looked_in(policy, storages):
        try:
            blob = _facts(key, name, storages[name], policy)
        except FileNotFoundError:
            continue
        except (Refusal, SafelightError, ValueError) as error:
            log.warning("%s in storage %r cannot be registered: %s", key, name, error)
            continue
        if blob is not None:
            return blob
    return None


def _looked_in(policy: Policy | None, storages: Mapping[str, Storage]) -> list[str]:
    """Where it should be, first."""
    names = list(storages)
    return sorted(names, key=lambda name: policy is not None and name != policy.storage)


def _facts(key: str, name: str, storage: Storage, policy: Policy | None) -> Blob | None:
    rules = policy or Policy("", types=IMAGES | DOCUMENTS | (FILES if key.endswith(f".{AS_SENT}") else frozenset()))
    # Its limits may have been other ones when it was stored; and nothing is made of what is stored already.
    rules = replace(rules, max_bytes=sys.maxsize, max_pixels=sys.maxsize, orient="keep", thumbnail=False)
    with storage.open(key) as content, check(Upload(content), rules) as checked:
        found = checked.inspection
        if found.size != checked.received or not key.endswith(f".{found.extension}"):
            log.warning("%s in storage %r is not as Safelight stores it", key, name)
            return None
        return checked.blob(key, name)
