"""Things that are dear to make and used by several threads for a while."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Shelf(Generic[T]):
    """Makes each thing once, and keeps those used last, at most `room` of them. Makes one at a time: what is made here
    takes a lot of memory in the making."""

    def __init__(self, make: Callable[[int], T], room: int) -> None:
        self._make = make
        self._room = room
        self._lock = threading.Lock()
        self._making = threading.Lock()
        self._things: OrderedDict[int, Future[T]] = OrderedDict()

    def take(self, number: int) -> T:
        """The thing of that number. Waits while another thread makes it; raises what making it raised."""
        with self._lock:
            known = self._things.get(number)
            promise: Future[T] = known or Future()
            self._things[number] = promise
            self._things.move_to_end(number)
            while len(self._things) > self._room:
                self._things.popitem(last=False)
        if known is None:
            self._keep(promise, number)
        return promise.result()

    def _keep(self, promise: Future[T], number: int) -> None:
        try:
            with self._making:
                promise.set_result(self._make(number))
        except BaseException as error:  # noqa: BLE001 (whoever waits for it must hear of it)
            promise.set_exception(error)
