#!/bin/sh
# Makes .venv and installs mltrace into it with one of its extras: flights, test or dev.
# Each extra holds those before it, and nothing is done that was done already. PYTHON chooses the
# interpreter, by default python3.
set -eu

extra=$1
cd "$(dirname "$0")/.."
stamp=.venv/installed

find_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "mltrace needs Python 3.11 or newer; python3 is $(python3 --version 2>&1)." >&2
    exit 2
}

rank() {
    case $1 in flights) echo 1 ;; test) echo 2 ;; dev) echo 3 ;; *) echo 0 ;; esac
}

# The place is part of the key because the scripts of an environment that was moved do not run.
key=$(cat pyproject.toml constraints.txt | cksum | tr ' ' -):$PWD
if [ -f "$stamp" ] && .venv/bin/python -c 'import mltrace' 2>/dev/null; then
    read -r known_extra known_key <"$stamp"
    if [ "$known_key" = "$key" ] && [ "$(rank "$known_extra")" -ge "$(rank "$extra")" ]; then
        exit 0
    fi
fi

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    if ! "$python" -m venv --clear .venv >/dev/null 2>&1; then
        echo "$python cannot make an environment; install the module venv (python3-venv)." >&2
        exit 2
    fi
fi

echo "Installing mltrace[$extra] into .venv …" >&2
rm -f "$stamp"
log=.venv/install.log
# Byte code is compiled for what is imported, when it is: compiling all takes longer than the demo.
if ! .venv/bin/python -m pip install --no-input --prefer-binary --no-compile \
    --constraint constraints.txt --editable ".[$extra]" >"$log" 2>&1; then
    cat "$log" >&2
    exit 2
fi
echo "$extra $key" >"$stamp"
