#!/bin/sh
# A pipeline of five programs in four languages, in the folder where it is started. MLTRACE and
# PYTHON say how to call them, if not `mltrace` and `python3`.
set -eu
here=$(dirname "$0")
log=${MLTRACE:-mltrace}
python=${PYTHON:-python3}

# Python, with components of its own inside the run.
$log exec --component extract --owner sales --write orders.csv -- \
    "$python" "$here/extract.py" orders.csv

# awk: the script is the code, standard output the artifact.
$log exec --component clean --owner data-eng --read orders.csv --write clean.csv -- \
    awk -f "$here/clean.awk" orders.csv >clean.csv

# SQL, from standard input, which is the code as well.
$log exec --component aggregate --owner data-eng --read clean.csv --write customers.csv -- \
    sqlite3 :memory: <"$here/aggregate.sql"

# JavaScript where Node is, else awk: the command line itself is the code.
if command -v node >/dev/null; then
    set -- node "$here/score.js" customers.csv scores.csv
else
    set -- awk -F, 'NR > 1 { print $1 "," ($3 > 200 ? "good" : "poor") > "scores.csv" }' customers.csv
fi
$log exec --component score --owner ml --param threshold=200 \
    --read customers.csv --write scores.csv -- "$@"

# Python again: a component reads what JavaScript wrote.
$log exec --component publish --owner ml --read scores.csv --write report.txt -- \
    "$python" "$here/publish.py" scores.csv report.txt
