#!/usr/bin/env bash
# A short story: schedules applied with kubectl to a real control plane live on a remote, here the
# sandbox. It ends by itself and leaves nothing running; with KEEP=1 it stays up until Ctrl-C.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v curl >/dev/null || { echo "error: the demo needs curl to play a person in the console" >&2; exit 1; }
cargo build --locked
tools=$(hack/control-plane.sh)
operator=$PWD/target/debug/workflow-schedule-operator
folder=$(mktemp -d "${TMPDIR:-/tmp}/wso-demo.XXXXXX")
console_key=key-of-a-person

running=()
clean_up() {
    status=$?
    trap - EXIT INT TERM
    if ((status != 0)); then
        echo "the demo failed; the operator's last words:" >&2
        tail -n 20 "$folder/operator.log" >&2 || true
    fi
    for process in "${running[@]}"; do kill "$process" 2>/dev/null || true; done
    for process in "${running[@]}"; do wait "$process" 2>/dev/null || true; done
    rm -rf "$folder"
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start NAME COMMAND…: runs it in the background with its output in files named so.
start() {
    local name=$1
    shift
    "$@" >"$folder/$name.out" 2>"$folder/$name.log" &
    running=("$!" "${running[@]}")
}

# ready NAME PATTERN: waits for a line in what NAME has said, and prints what follows the pattern.
ready() {
    for _ in $(seq 600); do
        if sed -n "s/$2//p" "$folder/$1.out" "$folder/$1.log" | grep -m1 .; then return; fi
        sleep 0.1
    done
    echo "error: $1 is not ready after a minute" >&2
    cat "$folder/$1.log" >&2
    return 1
}

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

# k ARGUMENTS…: kubectl, shown and run.
k() {
    local shown=kubectl argument
    for argument in "$@"; do
        if [[ $argument == *[{\ ]* ]]; then argument="'$argument'"; fi
        shown+=" $argument"
    done
    printf '\033[2m$ %s\033[0m\n' "$shown"
    kubectl "$@"
}

# until_so RESOURCE JSONPATH=VALUE…
until_so() {
    local resource=$1 condition
    shift
    for condition in "$@"; do kubectl wait "$resource" --for="$condition" --timeout=40s >/dev/null; done
}

# The calls that changed something at the remote, the last COUNT of them.
calls() {
    curl -sS "$remote/sandbox/calls" |
        grep -oE '"method":"[A-Z]+","mutating":true,"number":[0-9]+,"operation":"[a-z]+","path":"[^"]+","principal":"key-1","schedule_id":"[^"]*","status":[0-9]+' |
        sed -E 's/"method":"([A-Z]+)".*"path":"([^"]+)".*"schedule_id":"([^"]*)","status":([0-9]+)/  \1 \2 → \4   (\3)/' | tail -n "$1"
}

console() {
    curl -sS --fail -o /dev/null -X "$1" -H "Authorization: Bearer $console_key" -H 'Content-Type: application/json' \
        "$remote/v1/workflows/schedules$2" -d "$3"
}

say "A control plane, a remote and the operator start."
start control-plane "$tools/control-plane" up --no-fsync --dir "$folder/control-plane"
start sandbox "$operator" sandbox --listen 127.0.0.1:0 --api-key key-of-the-operator --api-key "$console_key"
remote=$(ready sandbox '^ready ')
KUBECONFIG=$(ready control-plane '^ready KUBECONFIG=')
export KUBECONFIG PATH=$tools:$PATH
k apply --server-side -f crds/
kubectl wait --for=condition=Established crd --all --timeout=30s >/dev/null
start operator "$operator" run --listen 127.0.0.1:0
console POST "" '{"schedule_id":"nightly-export","workflow_identifier":"warehouse-export","schedule":{"input":null,"cron_expressions":["0 2 * * *"]}}'

say "A team applies its key, a connection and its schedules; one was made in the console long ago."
k create secret generic workflows-api-key --from-literal=api-key=key-of-the-operator
sed "s|http://127.0.0.1:8090|$remote|" examples/demo/connection.yaml >"$folder/connection.yaml"
k apply -f "$folder/connection.yaml"
schedules=()
for file in examples/*.yaml; do [[ $file == examples/connection.yaml ]] || schedules+=(-f "$file"); done
k apply "${schedules[@]}"
k wait --for=condition=Ready wfconn,wfs --all --timeout=60s
k get wfs,wfconn

say "It edits one: a PATCH arrives."
k patch wfs sales-report --type=merge -p '{"spec":{"cronExpressions":["0 9 * * 1-5"]}}'
until_so wfs/sales-report jsonpath='{.status.observedGeneration}'=2 condition=Ready
calls 1
k get wfs sales-report

say "It pauses one."
k patch wfs daily-closing --type=merge -p '{"spec":{"paused":true,"pauseNote":"the auditors are here"}}'
until_so wfs/daily-closing jsonpath='{.status.paused}'=true
calls 1
k get wfs daily-closing

say "It wants one run now, and sees it."
k annotate wfs sales-report workflows.mistral.ai/trigger-requested-at="$(date -u +%FT%TZ)"
until_so wfs/sales-report jsonpath='{.status.trigger.state}'=Accepted jsonpath='{.status.lastExecution.executionId}'
calls 1
k get wfs sales-report -o jsonpath='{.status.lastExecution}{"\n"}'

say "It breaks one, and reads what is wrong."
k patch wfs news-digest --type=merge -p '{"spec":{"cronExpressions":["0 6 * * MOO"]}}'
until_so wfs/news-digest condition=Stalled
k get wfs news-digest
k get wfs news-digest -o jsonpath='{.status.conditions[?(@.type=="Ready")].message}{"\n"}'
k patch wfs news-digest --type=merge -p '{"spec":{"cronExpressions":["0 6 * * MON"]}}'
until_so wfs/news-digest condition=Ready

say "Somebody changes one in the console, behind the operator's back. The next poll puts it right."
id=$(kubectl get wfs order-sync -o jsonpath='{.status.scheduleId}')
before=$(kubectl get wfs order-sync -o jsonpath='{.status.lastChangeTime}')
console PATCH "/$id" '{"schedule":{"jitter":"PT10M"}}'
changed() { [[ $(kubectl get wfs order-sync -o jsonpath='{.status.lastChangeTime}') != "$before" ]]; }
for _ in $(seq 400); do if changed; then break; fi; sleep 0.1; done
changed
calls 1
k events --for wfs/order-sync

say "It deletes one."
k delete wfs order-sync
calls 1
k get wfs

if [[ -n ${KEEP:-} ]]; then
    say "All of it goes on running until Ctrl-C."
    echo "export KUBECONFIG=$KUBECONFIG PATH=$tools:\$PATH"
    echo "the remote: $remote (/sandbox/calls, /sandbox/schedules, /sandbox/runs)"
    echo "the operator's log: $folder/operator.log"
    wait
fi
say "The end: everything is stopped again."
