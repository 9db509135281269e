#!/bin/bash
# Compares builds of the services, such as native programs with those that .NET compiles while they run: the time from
# the start of all five processes to the gateway's first answer, then with 64 connections that ask for /api/hello
# through the gateway of three replicas, requests/s, p99, CPU time per request and memory, and in the end the CPU time
# of the idle deployment, also by process. Builds take turns, over ROUNDS rounds (default 3); prints the medians as a
# Markdown table.
# Usage: bench/native.sh NAME=FOLDER… with folders that have Softy.Api, Softy.Gateway and Softy.Web. Build them with
#   for s in Api Gateway Web; do dotnet publish Softy.$s -p:Tuned=true -p:Native=true -o .softy/native/Softy.$s; done
#   for s in Api Gateway Web; do dotnet publish Softy.$s -p:Tuned=true -o .softy/jit/Softy.$s; done
# Variables: ROUNDS, WARM_UP, SECONDS_OF_LOAD, IDLE (seconds; 0 leaves it out). Linux only; needs wrk, PostgreSQL and
# Redis.
set -euo pipefail
cd "$(dirname -- "$0")/.."
rounds=${ROUNDS:-3} warm_up=${WARM_UP:-10} load=${SECONDS_OF_LOAD:-6} idle=${IDLE:-0}
results=$(mktemp -d) services=() stores=()
gateway=18396 redis=18397 postgres=18398 web=18399
finish() {
    [ ${#services[@]} -eq 0 ] || kill -9 "${services[@]}" 2>/dev/null || :
    [ ${#stores[@]} -eq 0 ] || { kill -INT "${stores[@]}" && wait "${stores[@]}"; } 2>/dev/null || :
    rm -rf "$results"
}
trap finish EXIT
trap 'exit 130' INT TERM

start_stores() {
    local bin as=()
    bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    [ "$(id -u)" != 0 ] || { as=(setpriv --reuid=postgres --regid=postgres --clear-groups); chmod 711 "$results"; }
    install -d ${as:+-o postgres} "$results/data"
    "${as[@]}" "$bin/initdb" --pgdata "$results/data" --username=postgres --auth=trust >"$results/initdb" 2>&1
    "${as[@]}" "$bin/postgres" -D "$results/data" -p $postgres -h 127.0.0.1 -k '' >"$results/postgres" 2>&1 &
    stores+=($!)
    redis-server --port $redis --bind 127.0.0.1 --save '' --dir "$results" >"$results/redis" 2>&1 &
    stores+=($!)
    until "$bin/pg_isready" -q -h 127.0.0.1 -p $postgres; do sleep 0.1; done
}

# start FOLDER SERVICE PORT VARIABLE…
start() {
    local folder=$1/Softy.$2 program=Softy.$2 log=$results/$2-$3.log port=$3
    shift 3
    (
        cd "$folder"
        exec env ASPNETCORE_URLS=http://127.0.0.1:$port DOTNET_EnableDiagnostics=0 Draining__Delay=00:00:00 \
            Instance__Name="$program-$port" "$@" "./$program"
    ) >"$log" 2>&1 &
    services+=($!)
}

start_services() {
    local n urls=()
    services=()
    for n in 0 1 2; do
        urls+=("services__api__http__$n=http://127.0.0.1:$((18391 + n))")
    done
    start "$1" Gateway $gateway "${urls[@]}" services__web__http__0=http://127.0.0.1:$web
    for n in 0 1 2; do
        start "$1" Api $((18391 + n)) Http2__Port=$((18381 + n)) ConnectionStrings__redis=127.0.0.1:$redis \
            ConnectionStrings__softydb="Host=127.0.0.1;Port=$postgres;Username=postgres;Database=postgres"
    done
    start "$1" Web $web
}

until_healthy() { until curl -sf -o /dev/null -m 2 http://127.0.0.1:$gateway/health; do sleep 0.02; done; }
# Without processes between the attempts, which would take a part of the time.
until_first_answer() {
    local line attempt=0
    until { exec 3<>/dev/tcp/127.0.0.1/$gateway; } 2>/dev/null &&
        printf 'GET /api/hello HTTP/1.1\r\nHost: x\r\n\r\n' >&3 &&
        read -r -t 2 line <&3 && [[ $line == *' 200 '* ]]; do
        ((++attempt < 4000)) || { cat "$results"/*.log >&2; exit 1; }
        sleep 0.005
    done
    exec 3>&-
}
now() { date +%s%N; }
ticks() {
    local pid
    for pid in "$@"; do sed 's/.*) //' "/proc/$pid/stat"; done | awk '{ t += $12 + $13 } END { print t + 0 }'
}
memory() {
    local pid
    for pid in "$@"; do cat "/proc/$pid/smaps_rollup"; done | awk '/^Pss:/ { kb += $2 } END { print kb / 1024 }'
}

measure() {
    local name=$1 folder=$2 begun first before after
    begun=$(now)
    start_services "$folder"
    until_first_answer
    first=$((($(now) - begun) / 1000000))
    until_healthy
    wrk -t2 -c64 -d"$warm_up" http://127.0.0.1:$gateway/api/hello >/dev/null
    before=("$(ticks "${services[0]}")" "$(ticks "${services[@]:1:3}")")
    wrk -t2 -c64 -d"$load" --latency http://127.0.0.1:$gateway/api/hello >"$results/wrk"
    after=("$(ticks "${services[0]}")" "$(ticks "${services[@]:1:3}")")
    local mb used=0 pid name_of
    mb=$(memory "${services[@]}")
    if [ "$idle" != 0 ]; then
        # The gateway probes less often when nobody has used it for 5 s.
        sleep 8
        local -A busy=()
        for pid in "${services[@]}"; do busy[$pid]=$(ticks "$pid"); done
        sleep "$idle"
        for pid in "${services[@]}"; do
            busy[$pid]=$(($(ticks "$pid") - busy[$pid]))
            used=$((used + busy[$pid]))
            name_of=$(basename "$(readlink "/proc/$pid/exe")")
            awk -v n="$name: $name_of" -v t="${busy[$pid]}" -v i="$idle" -v hz="$(getconf CLK_TCK)" \
                'BEGIN { printf "%s, idle: %.2f %%\n", n, t / hz / i * 100 }' >&2
        done
    fi
    awk -v first=$first -v g=$((after[0] - before[0])) -v r=$((after[1] - before[1])) -v hz="$(getconf CLK_TCK)" \
        -v mb="$mb" -v used="$used" -v idle="$idle" '
        / requests in / { n = $1 }
        /Requests\/sec/ { rps = $2 }
        / 99%/ { p99 = $2; if (p99 ~ /us$/) p99 /= 1000; else if (p99 ~ /[0-9]s$/) p99 *= 1000; else p99 += 0 }
        END {
            printf "%d %d %.2f %.1f %.1f %d %.2f\n", first, rps, p99, g / hz / n * 1e6, r / hz / n * 1e6, mb,
                idle ? used / hz / idle * 100 : 0
        }
    ' "$results/wrk" | tee -a "$results/$name.figures" | sed "s/^/$name: /" >&2
    kill -TERM "${services[@]}"
    wait "${services[@]}" || :
    services=()
}

median() {
    cut -d ' ' -f "$2" "$results/$1.figures" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

start_stores
builds=("$@")
for ((round = 0; round < rounds; round++)); do
    # Each round begins with another build.
    for ((step = 0; step < ${#builds[@]}; step++)); do
        build=${builds[((round + step) % ${#builds[@]})]}
        measure "${build%%=*}" "${build#*=}"
    done
done

echo '| build | first answer | requests/s | p99 | gateway: CPU per request | replicas | memory | idle |'
echo '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |'
for build in "${builds[@]}"; do
    name=${build%%=*}
    printf '| %s | %s ms | %s | %s ms | %s µs | %s µs | %s MB | %s %% |\n' "$name" "$(median "$name" 1)" \
        "$(median "$name" 2)" "$(median "$name" 3)" "$(median "$name" 4)" "$(median "$name" 5)" \
        "$(median "$name" 6)" "$(median "$name" 7)"
done
