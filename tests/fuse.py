"""Kills: an exception that nothing catches, before or after one of the calls that write something."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from unittest import mock


class Killed(BaseException):
    pass


class Fuse:
    """Burns down by one at each call, before it or after it, and kills at the end."""

    def __init__(self, calls: int) -> None:
        self.left = calls

    def burn(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed

    def around(self, call: Callable[..., object]) -> Callable[..., object]:
        def burning(*args: object, **kwargs: object) -> object:
            self.burn()
            result = call(*args, **kwargs)
            self.burn()
            return result

        return burning

    def in_class(self, cls: type, *methods: str) -> AbstractContextManager[object]:
        """Burns at each call of these methods, while it lasts."""
        return mock.patch.multiple(cls, **{name: self.around(getattr(cls, name)) for name in methods})
