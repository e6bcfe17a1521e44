"""Steady traffic as a news desk receives it: originals, copies in other words, several languages."""

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
"""Number of articles after which the mix repeats: eight originals, one copy, one article in another language."""
LONGEST_WAIT = 15
"""Seconds to wait for an answer: a broker that is away must not block the sender forever."""


class Traffic:
    """A thread that posts articles until the block ends. `pause` and `resume` interrupt it."""

    def __init__(self, ingest: str, *, interval: float) -> None:
        self._ingest = ingest
        self._interval = interval
        self._running = threading.Event()
        self._running.set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._send, name="traffic")

    def pause(self) -> None:
        """Stop sending until `resume`."""
        self._running.clear()

    def resume(self) -> None:
        """Send again after `pause`."""
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
                    # Some faults are that ingest or its broker is away.
                    time.sleep(1)
                time.sleep(self._interval)


def choose(number: int) -> dict[str, object]:
    """Build the article with this number in the sequence."""
    place = number % CYCLE
    if place == CYCLE - 1:
        code, text = list(FOREIGN.items())[number // CYCLE % len(FOREIGN)]
        return {"url": f"https://{code}.example/{number}", "content": f"{text * 3}{number}"}
    if place == CYCLE - 2:
        return {**build_article(number - 1, seed=7), "url": f"https://copy.example/{number}"}
    return build_article(number, seed=7)
