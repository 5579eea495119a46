# complete.bash SCRIPT FOLDER: what the completion of bash offers; smsctl is in FOLDER.
. "$1"
PATH=$2:$PATH
XDG_DATA_HOME=$(mktemp -d)
export PATH XDG_DATA_HOME XDG_CONFIG_HOME=$XDG_DATA_HOME
trap 'rm -rf "$XDG_DATA_HOME"' EXIT
unset TWILIO_ACCOUNT_SID SMSCTL_WORKSPACE SMSCTL_DB SMSCTL_FORMAT SMSCTL_API_BASE
failed=0

# expect WANTED WORD...: the words typed so far, the last of them being completed.
expect() {
    local wanted=$1
    shift
    COMP_WORDS=(smsctl "$@")
    COMP_CWORD=$#
    _smsctl
    if [ "${COMPREPLY[*]}" != "$wanted" ]; then
        echo "smsctl $*: wanted '$wanted', got '${COMPREPLY[*]}'"
        failed=1
    fi
}

smsctl workspace add prod --provider sim --no-check -q || exit 1

expect workspace wor
expect "add" workspace a
expect "list" workspace li
expect "table tsv" --format t
expect "table tsv" workspace list --format t
expect "--provider" workspace add --prov
expect "twilio" workspace add --provider tw
expect "fail update" workspace add x --if-exists ""
expect "bash" completion b
expect "prod" workspace show pr
expect "prod" -w p
expect "prod" workspace list --workspace p
expect "--dry-run" workspace rm --dry
exit $failed
