"""Articles sent all the time, as a desk gets them: originals, copies in other words, several languages."""

from __future__ import annotations

import itertools
import threading
import time
from types import TracebackType

import httpx

from tests.support.builders import build_article

FOREIGN = {
    "de": "Der Hafen von Bergen bleibt bis Montag geschlossen, teilte die Behörde mit. Die Fähren fahren nicht aus. ",
    "fr": "Le port de Porto restera fermé jusqu'à lundi, a annoncé la direction. Les navires attendent au large. ",
}
CYCLE = 10
"""Articles after which the mix begins anew: eight originals, one copy, one in another language."""
LONGEST_WAIT = 15
"""Seconds for an answer: a broker that is away must not hold the sender for ever."""


class Traffic:
    """A thread that posts articles until the block ends; `pause` and `resume` it in between."""

    def __init__(self, ingest: str, *, interval: float) -> None:
        self._ingest = ingest
        self._interval = interval
        self._running = threading.Event()
        self._running.set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._send, name="traffic")

    def pause(self) -> None:
        """Send nothing."""
        self._running.clear()

    def resume(self) -> None:
        """Send again."""
        self._running.set()

    def __enter__(self) -> Traffic:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._ended.set()
        self._running.set()
        self._thread.join()

    def _send(self) -> None:
        with httpx.Client(timeout=LONGEST_WAIT) as client:
            for number in itertools.count():
                self._running.wait()
                if self._ended.is_set():
                    return
                try:
                    client.post(f"{self._ingest}/v1/articles", json=choose(number))
                except httpx.TransportError:
                    # ingest or its broker is away, which is what some faults are.
                    time.sleep(1)
                time.sleep(self._interval)


def choose(number: int) -> dict[str, object]:
    """The article of a number."""
    place = number % CYCLE
    if place == CYCLE - 1:
        code, text = list(FOREIGN.items())[number // CYCLE % len(FOREIGN)]
        return {"url": f"https://{code}.example/{number}", "content": f"{text * 3}{number}"}
    if place == CYCLE - 2:
        return {**build_article(number - 1, seed=7), "url": f"https://copy.example/{number}"}
    return build_article(number, seed=7)
