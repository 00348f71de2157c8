"""Installs Debian's Chromium where the machine allows it; says what to do where it does not."""

from __future__ import annotations

import os
import shutil
import subprocess

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium", "fonts-noto-cjk")
ADVICE = "No browser: the browser tests are skipped. Install Chromium (Debian: apt-get install chromium) or set BANJIE_BROWSER."


def find() -> str | None:
    """The path of a browser, from BANJIE_BROWSER or the usual names; None where there is none."""
    return os.environ.get("BANJIE_BROWSER") or next((path for path in map(shutil.which, NAMES) if path), None)


def main() -> None:
    """Installs the browser if it is missing, apt is there and we may use it."""
    if find() is None and shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *PACKAGES]):
            subprocess.run(["apt-get", *command], check=False, **quiet)
    if find() is None:
        print(ADVICE)


if __name__ == "__main__":
    main()
