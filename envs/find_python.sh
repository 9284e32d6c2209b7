#!/usr/bin/env bash
# Print a Python that readkin runs on (3.11 to 3.13, with venv), or say what to install.
set -u
fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
for python in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    "$python" -c "$fits" 2>/dev/null || continue
    if "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        command -v "$python"
        exit 0
    fi
    without_venv=$python
done
if [ -n "${without_venv:-}" ]; then
    version=$("$without_venv" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "readkin: $without_venv has no venv/ensurepip; install it, on Debian and Ubuntu with" >&2
    echo "  sudo apt install python$version-venv" >&2
else
    echo "readkin: found no Python 3.11, 3.12 or 3.13; install one, or name it: make PYTHON=/path/to/python3.12" >&2
fi
exit 1
