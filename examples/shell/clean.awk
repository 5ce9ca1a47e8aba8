# Drops orders without an amount.
BEGIN { FS = "," }
$2 != ""
