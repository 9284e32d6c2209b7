#!/usr/bin/env bash
# Install readkin on the shared file system; ParallelCluster runs this as root on the head node.
#
#   bootstrap.sh s3://BUCKET/cluster/readkin.tar.gz FOLDER USER
#
# All nodes use the one venv in FOLDER. It can be run again at any time and does only what is missing.
# Existing code in FOLDER is not changed.
set -euo pipefail

if [ $# -ne 3 ]; then
    echo "bootstrap: found $# arguments, expected 3: ARCHIVE FOLDER USER" >&2
    exit 2
fi
archive=$1
folder=$2
user=$3
shared=$(dirname "$folder")

say() { echo "readkin bootstrap: $*"; }

# Packages that the image lacks: venv for `make install`; git and tmux for users.
packages="make python3-venv git tmux"
missing=""
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' \
        || missing="$missing $package"
done
if [ -n "$missing" ]; then
    say "installing packages:$missing"
    # The image's automatic updates may hold the lock after a start.
    export DEBIAN_FRONTEND=noninteractive
    apt-get -o DPkg::Lock::Timeout=300 update -qq
    # shellcheck disable=SC2086
    apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends $missing
fi

# Folders linked to the bucket by the stack; all users may write to them.
mkdir -p "$shared/reads" "$shared/results"
chmod 1777 "$shared/reads" "$shared/results"

if [ ! -e "$folder/Snakefile" ]; then
    say "unpacking $archive into $folder"
    partial=$(mktemp -d "$folder.partial.XXXXXX")
    trap 'rm -rf "$partial"' EXIT
    aws s3 cp --only-show-errors "$archive" "$partial/readkin.tar.gz"
    mkdir "$partial/readkin"
    tar -xzf "$partial/readkin.tar.gz" -C "$partial/readkin"
    chown -R "$user:" "$partial/readkin"
    # Atomic: an interrupted start leaves no incomplete folder.
    mv -T "$partial/readkin" "$folder"
else
    say "$folder exists; its code is not changed"
fi

# `make install` does nothing if the pinned packages are in the venv already.
say "installing the pinned Python packages into $folder/.venv"
sudo -u "$user" -H make --no-print-directory -C "$folder" install PYTHON=/usr/bin/python3
say "ready: cd $folder && source .venv/bin/activate"
