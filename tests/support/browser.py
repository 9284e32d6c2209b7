"""Pages in a headless browser."""

import subprocess

BROWSER_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--enable-logging=stderr",
    "--virtual-time-budget=8000",
    "--window-size=1280,1000",
]


def browsed(browser, html, folder):
    """Return the page's elements after its scripts ran, and their messages on the console."""
    file = folder / "page.html"
    file.write_text(html)
    command = [browser, *BROWSER_FLAGS, f"--user-data-dir={folder / 'profile'}", "--dump-dom"]
    done = subprocess.run(
        [*command, file.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout, [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
