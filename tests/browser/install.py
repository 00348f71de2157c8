"""Installs Debian's Chromium where the machine allows it; says what to do where it does not."""

from __future__ import annotations

import os
import shutil
import subprocess

# The headless shell is the same Chromium without its own windows and menus, which cost a fifth of the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium-headless-shell", "chromium")
FONTS = "fonts-noto-cjk"
ADVICE = "No browser: the browser tests are skipped. Install Chromium (Debian: apt-get install chromium) or set BANJIE_BROWSER."


def find() -> str | None:
    """The path of a browser, from BANJIE_BROWSER or the usual names; None where there is none."""
    return os.environ.get("BANJIE_BROWSER") or next((path for path in map(shutil.which, NAMES) if path), None)


def main() -> None:
    """Installs the browser if it is missing, apt is there and we may use it."""
    for package in PACKAGES:
        if find() is None:  # older systems know only the second
            apt(package, FONTS)
    if find() is None:
        print(ADVICE)


def apt(*packages: str) -> None:
    """Installs Debian's packages, where apt is there and we may use it."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (("update", "-qq"), ("install", "-y", "-qq", "--no-install-recommends", *packages)):
        subprocess.run(["apt-get", *command], check=False, stdout=subprocess.DEVNULL, env=environment)


if __name__ == "__main__":
    main()
