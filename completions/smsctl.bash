# Completion of smsctl for bash. Written by smsctl generate.
_smsctl() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local at="" words="" i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$at/${COMP_WORDS[i]}" in
        /workspace | /workspace/add | /workspace/list | /workspace/show | /workspace/set | /workspace/use | /workspace/test | /workspace/rm | /number | /number/list | /number/show | /number/set | /template | /template/add | /template/list | /template/show | /template/set | /template/rm | /template/render | /optout | /optout/add | /optout/list | /optout/rm | /optout/check | /send | /inbox | /tail | /message | /message/list | /message/show | /message/mark | /sync | /reconcile | /listen | /trigger | /sim | /db | /db/path | /db/check | /db/migrate | /db/backup | /db/query | /completion | /help) at="$at/${COMP_WORDS[i]}" ;;
        esac
    done
    case "$at:$previous" in
        *:-w|*:--workspace) COMPREPLY=($(compgen -W "$(smsctl workspace list --print '{{name}}' 2>/dev/null)" -- "$current")); return ;;
        *:--db) COMPREPLY=($(compgen -f -- "$current")); return ;;
        *:--format) COMPREPLY=($(compgen -W "auto table json jsonl csv tsv" -- "$current")); return ;;
        *:--fields) COMPREPLY=(); return ;;
        *:--print) COMPREPLY=(); return ;;
        *:--color) COMPREPLY=($(compgen -W "auto always never" -- "$current")); return ;;
        *:--timeout) COMPREPLY=(); return ;;
        *:--limit) COMPREPLY=(); return ;;
        "/workspace/add:"--provider) COMPREPLY=($(compgen -W "twilio sim" -- "$current")); return ;;
        "/workspace/add:"--account-sid) COMPREPLY=(); return ;;
        "/workspace/add:"--api-key) COMPREPLY=(); return ;;
        "/workspace/add:"-f|"/workspace/add:"--from) COMPREPLY=(); return ;;
        "/workspace/add:"--if-exists) COMPREPLY=($(compgen -W "fail update" -- "$current")); return ;;
        "/workspace/add:"--secret-file) COMPREPLY=($(compgen -f -- "$current")); return ;;
        "/workspace/add:"--secret-env) COMPREPLY=(); return ;;
        "/workspace/add:"--secret-cmd) COMPREPLY=(); return ;;
        "/workspace/add:"--webhook-secret-file) COMPREPLY=($(compgen -f -- "$current")); return ;;
        "/workspace/add:"--webhook-secret-env) COMPREPLY=(); return ;;
        "/workspace/add:"--webhook-secret-cmd) COMPREPLY=(); return ;;
        "/template/add:"-m|"/template/add:"--message) COMPREPLY=(); return ;;
        "/template/add:"--body-file) COMPREPLY=($(compgen -f -- "$current")); return ;;
        "/template/add:"--if-exists) COMPREPLY=($(compgen -W "fail update" -- "$current")); return ;;
        "/template/set:"-m|"/template/set:"--message) COMPREPLY=(); return ;;
        "/template/set:"--body-file) COMPREPLY=($(compgen -f -- "$current")); return ;;
        "/template/set:"--name) COMPREPLY=(); return ;;
        "/template/render:"--var) COMPREPLY=(); return ;;
        "/optout/add:"--from) COMPREPLY=(); return ;;
        "/optout/add:"--reason) COMPREPLY=(); return ;;
        "/optout/list:"--from) COMPREPLY=(); return ;;
        "/optout/list:"--with) COMPREPLY=(); return ;;
        "/optout/rm:"--from) COMPREPLY=(); return ;;
        "/optout/rm:"--reason) COMPREPLY=(); return ;;
        "/optout/check:"--from) COMPREPLY=(); return ;;
        "/send:"-m|"/send:"--message) COMPREPLY=(); return ;;
        "/send:"--body-file) COMPREPLY=($(compgen -f -- "$current")); return ;;
        "/send:"-f|"/send:"--from) COMPREPLY=(); return ;;
        "/send:"--media) COMPREPLY=(); return ;;
        "/send:"--key) COMPREPLY=(); return ;;
        "/send:"--wait) COMPREPLY=($(compgen -W "accepted sent delivered" -- "$current")); return ;;
        "/send:"--reply) COMPREPLY=(); return ;;
        "/send:"--encoding) COMPREPLY=($(compgen -W "auto gsm7 ucs2" -- "$current")); return ;;
        "/send:"--max-segments) COMPREPLY=(); return ;;
        "/send:"--on-block) COMPREPLY=($(compgen -W "fail skip" -- "$current")); return ;;
        "/send:"--tag) COMPREPLY=(); return ;;
        "/tail:"--last) COMPREPLY=(); return ;;
        "/tail:"--since) COMPREPLY=(); return ;;
        "/tail:"--after) COMPREPLY=(); return ;;
        "/tail:"--cursor) COMPREPLY=($(compgen -f -- "$current")); return ;;
        "/tail:"--direction) COMPREPLY=($(compgen -W "in out" -- "$current")); return ;;
        "/tail:"--status) COMPREPLY=(); return ;;
        "/tail:"--grep) COMPREPLY=(); return ;;
        "/tail:"--kind) COMPREPLY=($(compgen -W "message call status event all" -- "$current")); return ;;
        "/tail:"--count) COMPREPLY=(); return ;;
        "/message/list:"--direction) COMPREPLY=($(compgen -W "in out inbound outbound" -- "$current")); return ;;
        "/message/list:"--status) COMPREPLY=(); return ;;
        "/message/list:"--processed) COMPREPLY=($(compgen -W "true false" -- "$current")); return ;;
        "/message/list:"--with) COMPREPLY=(); return ;;
        "/message/list:"--tag) COMPREPLY=(); return ;;
        "/message/list:"--since) COMPREPLY=(); return ;;
        "/message/list:"--until) COMPREPLY=(); return ;;
        "/message/mark:"--chat) COMPREPLY=(); return ;;
        "/message/mark:"--response) COMPREPLY=(); return ;;
        "/reconcile:"--since) COMPREPLY=(); return ;;
        "/reconcile:"--older-than) COMPREPLY=(); return ;;
        "/reconcile:"--max-requests) COMPREPLY=(); return ;;
        "/listen:"--addr) COMPREPLY=(); return ;;
        "/listen:"--public-url) COMPREPLY=(); return ;;
        "/listen:"--path) COMPREPLY=($(compgen -f -- "$current")); return ;;
        "/listen:"--count) COMPREPLY=(); return ;;
        "/listen:"--match) COMPREPLY=($(compgen -W "FIELD=V FIELD~RE" -- "$current")); return ;;
        "/listen:"--ready-file) COMPREPLY=($(compgen -f -- "$current")); return ;;
        "/trigger:"--url) COMPREPLY=(); return ;;
        "/trigger:"--set) COMPREPLY=(); return ;;
        "/trigger:"--expect) COMPREPLY=($(compgen -W "CODE A-B" -- "$current")); return ;;
        "/sim:"--addr) COMPREPLY=(); return ;;
        "/sim:"--seed) COMPREPLY=(); return ;;
        "/sim:"--speed) COMPREPLY=(); return ;;
        "/sim:"--latency) COMPREPLY=(); return ;;
        "/sim:"--ready-file) COMPREPLY=($(compgen -f -- "$current")); return ;;
    esac
    case "$at" in
        "") words="workspace number template optout send inbox tail message sync reconcile listen trigger sim db completion help --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/workspace") words="add list show set use test rm --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/workspace/add") words="--provider --account-sid --api-key --from --default --no-check --if-exists --secret-stdin --secret-file --secret-env --secret-cmd --webhook-secret-stdin --webhook-secret-file --webhook-secret-env --webhook-secret-cmd --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/workspace/list") words="--workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/workspace/show") words="--workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help $(smsctl workspace list --print '{{name}}' 2>/dev/null)" ;;
        "/workspace/set") words="--workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help $(smsctl workspace list --print '{{name}}' 2>/dev/null)" ;;
        "/workspace/use") words="--workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help $(smsctl workspace list --print '{{name}}' 2>/dev/null)" ;;
        "/workspace/test") words="--workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help $(smsctl workspace list --print '{{name}}' 2>/dev/null)" ;;
        "/workspace/rm") words="--workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help $(smsctl workspace list --print '{{name}}' 2>/dev/null)" ;;
        "/number") words="list show set --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/number/list") words="--all --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/number/show") words="--workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help $(smsctl number list --print '{{number}}' 2>/dev/null)" ;;
        "/number/set") words="--undo --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help $(smsctl number list --print '{{number}}' 2>/dev/null)" ;;
        "/template") words="add list show set rm render --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/template/add") words="--message --body-file --if-exists --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/template/list") words="--workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/template/show") words="--workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/template/set") words="--message --body-file --name --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/template/rm") words="--workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/template/render") words="--var --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/optout") words="add list rm check --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/optout/add") words="--from --reason --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/optout/list") words="--from --with --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/optout/rm") words="--from --reason --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/optout/check") words="--from --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/send") words="--message --body-file --from --media --key --wait --reply --encoding --smart --max-segments --on-block --tag --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/inbox") words="--unread --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/tail") words="--follow --last --since --after --cursor --direction --status --grep --kind --count --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/message") words="list show mark --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/message/list") words="--direction --status --processed --with --tag --since --until --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/message/show") words="--workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/message/mark") words="--processed --chat --response --read --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/sync") words="--workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/reconcile") words="--since --older-than --max-requests --no-inbound --exit-status --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/listen") words="--addr --public-url --path --once --count --match --ready-file --allow-unsigned --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/trigger") words="--url --set --unsigned --bad-signature --expect --curl --list --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/sim") words="--addr --seed --speed --latency --ready-file --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/db") words="path check migrate backup query --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/db/path") words="--workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/db/check") words="--workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/db/migrate") words="--workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/db/backup") words="--workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/db/query") words="--workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/completion") words="bash zsh fish --workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
        "/help") words="--workspace --db --format --json --fields --print --quiet --verbose --color --no-input --yes --dry-run --timeout --limit --help" ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _smsctl smsctl
