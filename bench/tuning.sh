#!/bin/sh
# Measures what each option of Tuning.targets is worth: the application with all of them, without one of them, without
# any, and without HTTP/2 between gateway and replicas, in turn, over ROUNDS rounds (default 3), with CONNECTIONS
# (default 64) that ask for /api/hello. Prints the medians as a Markdown table: requests/s, p99, CPU time per request of
# the gateway and the replicas, and the memory of all services.
# Usage: bench/tuning.sh [ROUNDS [CONNECTIONS]]. Linux only; needs wrk. Build first:
#   dotnet build Softy.sln --configuration Release --property:Tuned=true
set -eu
cd "$(dirname -- "$0")/.."
. bench/figures.sh
command -v wrk >/dev/null || { echo "tuning: wrk is not installed." >&2; exit 1; }
rounds=${1:-3} connections=${2:-64} port=18395 seconds=6 results=$(mktemp -d)
host=''
finish() {
    restore
    [ -z "$host" ] || kill -TERM "$host" 2>/dev/null || :
    rm -rf "$results"
}

configurations() { ls Softy.Api/bin/Release/net10.0/Softy.Api.runtimeconfig.json \
    Softy.Gateway/bin/Release/net10.0/Softy.Gateway.runtimeconfig.json \
    Softy.Web/bin/Release/net10.0/Softy.Web.runtimeconfig.json; }
for file in $(configurations); do cp "$file" "$results/${file##*/}"; done
restore() { for file in $(configurations); do cp "$results/${file##*/}" "$file"; done; }
trap finish EXIT
trap 'exit 130' INT TERM
grep -q Gen0MaxBudget "$results/Softy.Api.runtimeconfig.json" ||
    {
        echo 'tuning: the build has no such options. Run: dotnet build Softy.sln -c Release --property:Tuned=true' >&2
        exit 1
    }

# processes SERVICES: those of services, by a pattern of their names.
processes() { pgrep -f "Release/net10.0/Softy\.($1)\$"; }

# Changes an option, or adds it.
change() {
    sed -Ei "s/(\"$2\": )[^,]*/\1$3/" "$1"
    grep -q "\"$2\"" "$1" || sed -i "s/\"configProperties\": {/&\n      \"$2\": $3,/" "$1"
}

# measure NAME HTTP2 OPTION=VALUE…: with these values, and with or without HTTP/2 to the replicas.
measure() {
    name=$1 http2=$2 && shift 2
    restore
    for option in "$@"; do
        for file in $(configurations); do change "$file" "${option%=*}" "${option#*=}"; done
    done
    Gateway__Upstream__Http2=$http2 Softy.AppHost/bin/Release/net10.0/Softy.AppHost \
        --Gateway:Port=$port --Stores=process --Volumes=none --Dashboard:Enabled=false --environment Production \
        >"$results/log" 2>&1 &
    host=$!
    until [ "$(curl -s -o /dev/null -w '%{http_code}' -m 2 http://localhost:$port/health)" = 200 ]; do
        kill -0 $host 2>/dev/null || { cat "$results/log" >&2; exit 1; }
        sleep 0.1
    done
    wrk -t2 -c"$connections" -d12 http://127.0.0.1:$port/api/hello >/dev/null
    # shellcheck disable=SC2046 # one argument per process
    before_gateway=$(ticks $(processes Gateway)) before_replicas=$(ticks $(processes Api))
    wrk -t2 -c"$connections" -d$seconds --latency http://127.0.0.1:$port/api/hello >"$results/wrk"
    # shellcheck disable=SC2046
    after_gateway=$(ticks $(processes Gateway)) after_replicas=$(ticks $(processes Api))
    # shellcheck disable=SC2046
    mb=$(megabytes $(processes 'Api|Gateway|Web'))
    awk -v g=$((after_gateway - before_gateway)) -v r=$((after_replicas - before_replicas)) -v hz="$(getconf CLK_TCK)" \
        -v mb="$mb" '
        / requests in / { n = $1 }
        /Requests\/sec/ { rps = $2 }
        / 99%/ { p99 = $2; if (p99 ~ /us$/) p99 /= 1000; else if (p99 ~ /[0-9]s$/) p99 *= 1000; else p99 += 0 }
        END { printf "%d %.2f %.1f %.1f %d\n", rps, p99, g / hz / n * 1e6, r / hz / n * 1e6, mb }
    ' "$results/wrk" >>"$results/$name.figures"
    kill -TERM $host && wait $host || :
    host=''
    restore
}

column() { median "$results/$1.figures" "$2"; }
row() {
    printf '| %s | %s | %s ms | %s µs | %s µs | %s MB |\n' "$2" "$(column "$1" 1)" "$(column "$1" 2)" \
        "$(column "$1" 3)" "$(column "$1" 4)" "$(column "$1" 5)"
}

budget=System.GC.Gen0MaxBudget=0
sockets=Softy.InlineSockets=false queues=Softy.SocketQueues=$(nproc) concurrent=System.GC.Concurrent=true
variant() {
    case $1 in
        0) measure all true ;;
        1) measure http1 false ;;
        2) measure budget true $budget ;;
        3) measure sockets true $sockets ;;
        4) measure queues true "$queues" ;;
        5) measure concurrent true $concurrent ;;
        6) measure none true $budget $sockets "$queues" $concurrent ;;
    esac
}
round=0
while [ "$round" -lt "$rounds" ]; do
    # Each round begins with another one.
    for step in 0 1 2 3 4 5 6; do variant $(((round + step) % 7)); done
    round=$((round + 1))
done

echo "| build | requests/s | p99 | gateway: CPU per request | replicas | memory |"
echo '| --- | ---: | ---: | ---: | ---: | ---: |'
row all 'tuned'
row budget 'without `Gen0MaxBudget`'
row sockets 'without `Softy.InlineSockets`'
row queues 'without `Softy.SocketQueues`'
row concurrent 'with `System.GC.Concurrent` in the gateway'
row none 'without any (a plain build)'
row http1 'tuned, without HTTP/2 to the replicas'
