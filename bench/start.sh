#!/bin/sh
# Measures how long the built application takes to start, to a healthy gateway, and to stop, and how much memory the
# AppHost and the orchestrator use. Prints the medians of N starts (default 5), with and without the dashboard.
# Usage: bench/start.sh [N]. Linux only. Build first: dotnet build Softy.sln
set -eu
cd "$(dirname -- "$0")/.."
. bench/figures.sh
runs=${1:-5} port=18390 results=$(mktemp -d) data=$(mktemp -d)
trap 'rm -rf "$results" "$data"' EXIT

now() { date +%s%N; }
since() { echo $((($(now) - $1) / 1000000)); }

# Prints the orchestrator's processes below the given ones. The other descendants are the services.
orchestrator() {
    for pid in "$@"; do
        [ "$(cat "/proc/$pid/comm")" != dcp ] || echo "$pid"
        # shellcheck disable=SC2046 # one argument per process
        orchestrator $(pgrep -P "$pid")
    done
}

measure() {
    name=$1 && shift
    run=0
    while [ "$run" -lt "$runs" ]; do
        run=$((run + 1)) begun=$(now)
        dotnet run --project Softy.AppHost --no-build -- --Gateway:Port=$port --Stores=process --Volumes=none "$@" \
            >"$results/log" 2>&1 &
        launcher=$!
        until [ "$(curl -s -o "$results/body" -w '%{http_code}' -m 2 http://localhost:$port/health)" = 200 ]; do
            kill -0 $launcher 2>/dev/null || { cat "$results/log" >&2; exit 1; }
            sleep 0.05
        done
        since "$begun" >>"$results/$name.start"
        host=$(pgrep -P $launcher | head -1)
        megabytes "$host" >>"$results/$name.host"
        # shellcheck disable=SC2046 # one argument per process
        megabytes $(orchestrator $(pgrep -f "dcp start-apiserver --monitor $host ")) >>"$results/$name.orchestrator"
        begun=$(now)
        kill -TERM "$host"
        wait $launcher || :
        since "$begun" >>"$results/$name.stop"
    done
    printf '%s: start %s ms, stop %s ms, AppHost %s MB, orchestrator %s MB (medians of %s; starts: %s)\n' "$name" \
        "$(median "$results/$name.start")" "$(median "$results/$name.stop")" "$(median "$results/$name.host")" \
        "$(median "$results/$name.orchestrator")" "$runs" "$(paste -s -d ' ' "$results/$name.start")"
}

measure 'without dashboard' --Dashboard:Enabled=false
measure 'with dashboard'
