"""The system's Chromium, driven by Selenium. Selenium downloads nothing: both programs are those of the system."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDE, NARROW = (1440, 900), (360, 740)
"""Sizes of the window in CSS pixels: a desk's screen, and a small phone."""

Scheme = Literal["light", "dark"]


def find_programs() -> tuple[str, str] | None:
    """Return the paths of the browser and of its driver, or None if one of them is not installed."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    return (browser, driver) if browser and driver else None


@contextmanager
def open_browser() -> Iterator[Chrome]:
    """Run a browser without a window until the block ends."""
    programs = find_programs()
    if programs is None:
        raise RuntimeError("no Chromium on this machine; on Debian: apt-get install chromium chromium-driver")
    options = ChromeOptions()
    options.binary_location = programs[0]
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    arguments = ["--headless=new", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"]
    # No name of another site resolves, whatever a page tries.
    arguments += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--disable-background-networking"]
    if os.geteuid() == 0:
        # Chromium refuses to run as root with its sandbox.
        arguments.append("--no-sandbox")
    for argument in arguments:
        options.add_argument(argument)
    driver = Chrome(options=options, service=Service(executable_path=programs[1]))
    try:
        yield driver
    finally:
        driver.quit()


def read_log(driver: Chrome, kind: Literal["browser", "performance"]) -> list[dict[str, str]]:
    """Return the lines that the browser has logged since the last call."""
    lines: list[dict[str, str]] = driver.get_log(kind)  # type: ignore[no-untyped-call]
    return lines


def set_window(driver: Chrome, size: tuple[int, int], scheme: Scheme = "light", scale: float = 1) -> None:
    """Set the size of the page, the colour scheme that the reader prefers, and the pixels for each CSS pixel."""
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": scale, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
