#!/usr/bin/env bash
# A short tour: kubectl applies schedules to a real control plane, and the operator creates them at the remote, which
# is the sandbox. It stops all its processes at the end; with KEEP=1 they run until Ctrl-C.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v curl >/dev/null || { echo "error: the demo needs curl for the actions of a person in the console" >&2; exit 1; }
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
        echo "the demo failed; the end of the operator's log:" >&2
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

# start NAME COMMAND…: runs a command in the background with its output in NAME.out and NAME.log.
start() {
    local name=$1
    shift
    "$@" >"$folder/$name.out" 2>"$folder/$name.log" &
    running=("$!" "${running[@]}")
}

# ready NAME PATTERN: waits for a line in the output of NAME, and prints the text after the pattern.
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

# k ARGUMENTS…: prints and runs a kubectl command.
k() {
    local shown=kubectl argument
    for argument in "$@"; do
        if [[ $argument == *[{\ ]* ]]; then argument="'$argument'"; fi
        shown+=" $argument"
    done
    printf '\033[2m$ %s\033[0m\n' "$shown"
    kubectl "$@"
}

# wait_until RESOURCE CONDITION…: waits for all conditions.
wait_until() {
    local resource=$1 condition
    shift
    for condition in "$@"; do kubectl wait "$resource" --for="$condition" --timeout=40s >/dev/null; done
}

# calls COUNT: the last COUNT mutating calls that the remote received.
calls() {
    curl -sS "$remote/sandbox/calls" |
        grep -oE '"method":"[A-Z]+","mutating":true,"number":[0-9]+,"operation":"[a-z]+","path":"[^"]+","principal":"key-1","schedule_id":"[^"]*","status":[0-9]+' |
        sed -E 's/"method":"([A-Z]+)".*"path":"([^"]+)".*"schedule_id":"([^"]*)","status":([0-9]+)/  \1 \2 → \4   (\3)/' | tail -n "$1"
}

console() {
    curl -sS --fail -o /dev/null -X "$1" -H "Authorization: Bearer $console_key" -H 'Content-Type: application/json' \
        "$remote/v1/workflows/schedules$2" -d "$3"
}

say "Start a control plane, the remote and the operator."
start control-plane "$tools/control-plane" up --no-fsync --dir "$folder/control-plane"
start sandbox "$operator" sandbox --listen 127.0.0.1:0 --api-key key-of-the-operator --api-key "$console_key"
remote=$(ready sandbox '^ready ')
KUBECONFIG=$(ready control-plane '^ready KUBECONFIG=')
export KUBECONFIG PATH=$tools:$PATH
k apply --server-side -f crds/
kubectl wait --for=condition=Established crd --all --timeout=30s >/dev/null
start operator "$operator" run --listen 127.0.0.1:0
console POST "" '{"schedule_id":"nightly-export","workflow_identifier":"warehouse-export","schedule":{"input":null,"cron_expressions":["0 2 * * *"]}}'

say "A team applies its API key, a connection and its schedules. One schedule was created earlier in the console."
k create secret generic workflows-api-key --from-literal=api-key=key-of-the-operator
sed "s|http://127.0.0.1:8090|$remote|" examples/demo/connection.yaml >"$folder/connection.yaml"
k apply -f "$folder/connection.yaml"
schedules=()
for file in examples/*.yaml; do [[ $file == examples/connection.yaml ]] || schedules+=(-f "$file"); done
k apply "${schedules[@]}"
k wait --for=condition=Ready wfconn,wfs --all --timeout=60s
k get wfs,wfconn

say "The team edits a schedule: the operator sends a PATCH."
k patch wfs sales-report --type=merge -p '{"spec":{"cronExpressions":["0 9 * * 1-5"]}}'
wait_until wfs/sales-report jsonpath='{.status.observedGeneration}'=2 condition=Ready
calls 1
k get wfs sales-report

say "The team pauses a schedule."
k patch wfs daily-closing --type=merge -p '{"spec":{"paused":true,"pauseNote":"the auditors are here"}}'
wait_until wfs/daily-closing jsonpath='{.status.paused}'=true
calls 1
k get wfs daily-closing

say "The team starts one run now."
k annotate wfs sales-report workflows.mistral.ai/trigger-requested-at="$(date -u +%FT%TZ)"
wait_until wfs/sales-report jsonpath='{.status.trigger.state}'=Accepted jsonpath='{.status.lastExecution.executionId}'
calls 1
k get wfs sales-report -o jsonpath='{.status.lastExecution}{"\n"}'

say "The team applies an invalid spec, and reads the message."
k patch wfs news-digest --type=merge -p '{"spec":{"cronExpressions":["0 6 * * MOO"]}}'
wait_until wfs/news-digest condition=Stalled
k get wfs news-digest
k get wfs news-digest -o jsonpath='{.status.conditions[?(@.type=="Ready")].message}{"\n"}'
k patch wfs news-digest --type=merge -p '{"spec":{"cronExpressions":["0 6 * * MON"]}}'
wait_until wfs/news-digest condition=Ready

say "Somebody changes a schedule in the console. At the next poll the operator corrects it."
id=$(kubectl get wfs order-sync -o jsonpath='{.status.scheduleId}')
before=$(kubectl get wfs order-sync -o jsonpath='{.status.lastChangeTime}')
console PATCH "/$id" '{"schedule":{"jitter":"PT10M"}}'
changed() { [[ $(kubectl get wfs order-sync -o jsonpath='{.status.lastChangeTime}') != "$before" ]]; }
for _ in $(seq 400); do if changed; then break; fi; sleep 0.1; done
changed
calls 1
k events --for wfs/order-sync

say "The team deletes a schedule."
k delete wfs order-sync
calls 1
k get wfs

if [[ -n ${KEEP:-} ]]; then
    say "Everything runs until Ctrl-C."
    echo "export KUBECONFIG=$KUBECONFIG PATH=$tools:\$PATH"
    echo "the remote: $remote (/sandbox/calls, /sandbox/schedules, /sandbox/runs)"
    echo "the operator's log: $folder/operator.log"
    wait
fi
say "The end: all processes are stopped."
