#!/bin/sh
# Installs what the build needs, builds a release, and runs the main job against `smsctl sim`, a
# local provider: no account, no network, nothing left behind. Each command is printed as it runs.
set -eu
cd "$(dirname "$0")/.."

say() { printf '\n# %s\n' "$*"; }

say "packages"
sh scripts/install_packages.sh build
if [ -z "${SMSCTL_COMPILER_LAUNCHER+set}" ] && command -v ccache >/dev/null; then
    export SMSCTL_COMPILER_LAUNCHER=ccache
fi
say "build"
cmake --preset release -DSMSCTL_TESTS=OFF >/dev/null
cmake --build --preset release --target smsctl
PATH=$PWD/build/release/commands:$PATH

# Settings, state and key of the demo live in a folder of its own, and go with it.
home=$(mktemp -d)
export HOME="$home" XDG_DATA_HOME="$home/data" XDG_CONFIG_HOME="$home/config"
export XDG_RUNTIME_DIR="$home/run" PATH
mkdir -m 700 "$XDG_RUNTIME_DIR"
for name in $(env | sed -n 's/^\(SMSCTL_[A-Z_]*\|TWILIO_[A-Z_]*\|TELNYX_[A-Z_]*\|BASE_URL\)=.*/\1/p'); do
    unset "$name"
done
sim_pid=
listen_pid=
clean_up() {
    trap - EXIT INT TERM
    [ -z "$listen_pid" ] || kill "$listen_pid" 2>/dev/null || :
    [ -z "$sim_pid" ] || kill "$sim_pid" 2>/dev/null || :
    wait 2>/dev/null || :
    rm -rf "$home"
}
trap clean_up EXIT
trap 'clean_up; exit 130' INT
trap 'clean_up; exit 143' TERM

# show COMMAND...: prints and runs it; the demo stops if it fails.
show() {
    printf '\n$ %s\n' "$(quoted "$@")"
    "$@"
}
# show_exit CODE COMMAND...: the same for a command that is meant to end with CODE.
show_exit() {
    expected=$1
    shift
    printf '\n$ %s\n' "$(quoted "$@")"
    code=0
    "$@" || code=$?
    echo "(exit $code)"
    [ "$code" -eq "$expected" ] || { echo "demo: expected exit $expected" >&2; exit 1; }
}
# The words of a command as one would type them.
quoted() {
    line=
    for word in "$@"; do
        case $word in
            *[!A-Za-z0-9_./:=@%+,-]* | '') line="$line '$word'" ;;
            *) line="$line $word" ;;
        esac
    done
    printf '%s' "${line# }"
}
# await FILE: until a background command has written its ready file.
await() {
    tries=0
    until [ -s "$1" ]; do
        tries=$((tries + 1))
        [ "$tries" -le 100 ] || { echo "demo: $1 never came" >&2; exit 1; }
        sleep 0.1
    done
}
# ready FILE KEY: a text out of a ready file.
ready() { sed -n "s/.*\"$2\":\"\([^\"]*\)\".*/\1/p" "$1"; }

say "A provider on this machine: no account is needed."
printf '\n$ %s\n' "smsctl sim --seed 7 --speed 10 --ready-file sim.json &"
smsctl sim --seed 7 --speed 10 --ready-file "$home/sim.json" 2>"$home/sim.log" &
sim_pid=$!
await "$home/sim.json"
SMSCTL_API_BASE=$(ready "$home/sim.json" url)
account=$(ready "$home/sim.json" account_sid)
sim_token=$(ready "$home/sim.json" auth_token)
export SMSCTL_API_BASE sim_token
echo "sim is at $SMSCTL_API_BASE"

say "Set up: credentials are tried before they are saved; the secret is kept as a reference."
show smsctl workspace add demo --provider twilio --account-sid "$account" --secret-env sim_token
show smsctl sync numbers
show smsctl --format table number list
number=$(smsctl --print '{{number}}' number list | head -n 1)
show smsctl workspace set demo "from=$number"
show smsctl workspace test

say "Receive: delivery reports and inbound messages come to one signed address."
printf '\n$ %s\n' "smsctl listen --addr 127.0.0.1:0 --ready-file listen.json &"
smsctl listen --addr 127.0.0.1:0 --ready-file "$home/listen.json" >"$home/listen.jsonl" 2>"$home/listen.log" &
listen_pid=$!
await "$home/listen.json"
url=$(ready "$home/listen.json" url)
show smsctl workspace set demo "public-url=$url"
show smsctl --yes number set "$number" "webhook=$url"

say "Send: first a dry run, then for real, then twice with one key."
show smsctl send +14155552671 -m 'Your table is ready' -n
show smsctl --timeout 30s send +14155552671 -m 'Your table is ready' --wait delivered
show smsctl send +14155552671 -m 'Order 42 has left the house' --key order-42
show smsctl send +14155552671 -m 'Order 42 has left the house' --key order-42

say "Somebody answers: a signed webhook, then one that is forged."
show smsctl trigger inbound.sms --url "$url" --set "To=$number" --set From=+14155552671 \
    --set 'Body=On my way'
show smsctl trigger inbound.sms --url "$url" --set "To=$number" --set From=+14155552671 \
    --set 'Body=Send me money' --bad-signature --expect 403

say "Read."
show smsctl --format table inbox
show smsctl --format table tail --last 20
reply=$(smsctl --print '{{id}}' message list --direction in | head -n 1)
show smsctl message mark "$reply" --processed --chat chat-7
show smsctl message mark "$reply" --read
show smsctl --format table message list

say "Keep in step: with nobody listening, delivery reports are lost; asking makes up for it."
kill "$listen_pid"
wait "$listen_pid" 2>/dev/null || :
listen_pid=
show smsctl send +14155552671 -m 'Thank you'
sleep 1 # the carrier takes its time
show smsctl reconcile --older-than 0s

say "Scripts can trust the exit code."
show_exit 5 smsctl send +15005550001 -m 'To a number that does not exist'
show_exit 3 smsctl message show msg_00000000000000000000000000
show_exit 2 smsctl send

say "That was the whole story. Next: README.md, then a real account."
