#!/bin/sh
# check.sh SMSCTL ROOT: man/ and completions/ of ROOT are what SMSCTL generates, and are sound.
set -eu
smsctl=$1 root=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$smsctl" generate "$folder"
diff -r "$folder/man" "$root/man" && diff -r "$folder/completions" "$root/completions" || {
    echo "man/ or completions/ is out of date: run smsctl generate"
    exit 1
}
[ -n "$(ls "$folder/man")" ]

for page in "$folder"/man/*; do
    groff -k -man -Tutf8 -ww -z "$page" 2>"$folder/warnings"
    if [ -s "$folder/warnings" ]; then
        echo "$page:"
        cat "$folder/warnings"
        exit 1
    fi
done

bash -n "$folder/completions/smsctl.bash"
bash "$root/tests/reference/complete.bash" "$folder/completions/smsctl.bash" "$(dirname "$smsctl")"
