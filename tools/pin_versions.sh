#!/bin/sh
# Writes constraints.txt: what a clean environment gets today for the extra dev.
set -eu

cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --prefer-binary '.[dev]'
{
    echo '# The versions that make and CI install, on Python 3.11 to 3.14; drawn up by `make constraints`.'
    {
        "$folder/venv/bin/python" -m pip freeze --exclude mltrace
        # Only CI installs these; raise them by hand.
        grep -E '^(googleapis-.*|grpcio.*|protobuf|py4j|pyspark|torch)==' constraints.txt
    } | sort -f
} >"$folder/constraints.txt"
mv "$folder/constraints.txt" constraints.txt
