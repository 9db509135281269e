#!/bin/sh
# Measures one replica of the API with a wall of many messages (default: 10 million), and the clean-up of many expired
# idempotency keys and events (default: 1 million each). Prints a Markdown table and the query plans of PostgreSQL.
# Usage: bench/wall.sh [MESSAGES [KEYS]]. Needs PostgreSQL, redis-server, curl, about 6 GB of disk for 10 million
# messages, and a build: dotnet build Softy.sln --configuration Release
set -eu
cd "$(dirname -- "$0")/.."
messages=${1:-10000000} keys=${2:-1000000} rounds=50
program=Softy.Api/bin/Release/net10.0/Softy.Api
[ -x $program ] || {
    echo "wall: $program does not exist. Run: dotnet build Softy.sln --configuration Release" >&2
    exit 1
}

bin=$(dirname "$(command -v initdb || ls /usr/lib/postgresql/*/bin/initdb | tail -1)")
data=$(mktemp -d /var/tmp/softy-wall-XXXXXX)
postgres=18410 redis=18411 api=18412
as_postgres='' replica='' cache=''
if [ "$(id -u)" = 0 ]; then chown postgres "$data" && as_postgres='runuser -u postgres --'; fi
stop() {
    for pid in $replica $cache; do kill "$pid" && wait "$pid" || :; done
    $as_postgres "$bin/pg_ctl" -D "$data/db" -m fast -w stop >&2 || :
    rm -rf "$data"
}
trap stop EXIT
trap 'exit 130' INT TERM

sql() { psql -h 127.0.0.1 -p $postgres -U postgres -qAtX -v ON_ERROR_STOP=1 "$@"; }
say() { printf 'wall: %s\n' "$*" >&2; }

# Without a password, because the server listens on loopback only, for minutes. auto_explain logs the query plans.
$as_postgres "$bin/initdb" -D "$data/db" -U postgres --auth=trust >/dev/null
$as_postgres "$bin/pg_ctl" -D "$data/db" -l "$data/postgres.log" -w -o "-p $postgres -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= -c max_wal_size=4GB -c session_preload_libraries=auto_explain \
    -c auto_explain.log_min_duration=0 -c auto_explain.log_analyze=on -c auto_explain.log_buffers=on" start >&2
redis-server --port $redis --bind 127.0.0.1 --save '' --appendonly no >/dev/null &
cache=$!

ConnectionStrings__softydb="Host=127.0.0.1;Port=$postgres;Username=postgres;Database=postgres" \
    ConnectionStrings__redis=127.0.0.1:$redis ASPNETCORE_URLS=http://127.0.0.1:$api Instance__Name=api-1 \
    Messages__CleanupInterval=00:00:01 $program >"$data/api.log" 2>&1 &
replica=$!
curl -s -o /dev/null --retry 60 --retry-all-errors --retry-delay 1 http://127.0.0.1:$api/health

say "filling the wall with $messages messages"
sql -c "SET auto_explain.log_min_duration = -1" -c "
    INSERT INTO messages (author, text, owner_hash, created_at)
    SELECT 'Author ' || n % 1000, repeat('A message of the wall, ', 1 + (n % 8)::int), sha256(int8send(n)),
           now() - interval '1 second' * ($messages - n)
    FROM generate_series(1, $messages::bigint) n" -c 'VACUUM ANALYZE messages'

# Holds the lock that lets one replica clean up (MessageJanitor), so that requests are measured with all rows in place.
janitor=427020345710
sql -c "SELECT pg_advisory_lock($janitor)" -c 'SELECT pg_sleep(3600)' >/dev/null 2>&1 &
until [ "$(sql -c "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")" = 1 ]; do sleep 0.1; done
say "adding $keys expired keys and $keys expired events for the janitor to remove later"
sql -c "SET auto_explain.log_min_duration = -1" -c "
    INSERT INTO idempotency_keys (key_hash, request_hash, salt, message_id, created_at)
    SELECT sha256(int8send(n)), sha256(int8send(-n)), int8send(n), n,
           now() - interval '25 hours' - interval '1 ms' * ($keys - n)
    FROM generate_series(1, $keys::bigint) n;
    INSERT INTO message_events (kind, message_id, occurred_at)
    SELECT 'created', n, now() - interval '25 hours' - interval '1 ms' * ($keys - n)
    FROM generate_series(1, $keys::bigint) n"

# Prints the time of a request up to the last byte, in seconds, and the status.
request() { curl -s -o "$data/answer" -w '%{time_total} %{http_code}\n' "$@"; }
# Prints the cursor of the page after a message: the version and the id, in base64url.
page() {
    bytes=$(printf '\\%03o\\%03o\\%03o\\%03o\\%03o' \
        0 $(($1 >> 24 & 255)) $(($1 >> 16 & 255)) $(($1 >> 8 & 255)) $(($1 & 255)))
    printf '\001\000\000\000%b' "$bytes" | base64 | tr '+/' '-_' | tr -d '='
}
measure() {
    sort -n "$data/times" | awk -v what="$1" '
        $2 != want && $2 !~ /^2/ { bad++ }
        { t[NR] = $1 * 1000 }
        END {
            if (bad) { print "wall: " bad " answers to \"" what "\" were not a success" > "/dev/stderr"; exit 1 }
            printf "| %s | %d | %.1f | %.1f |\n", what, NR, t[int((NR + 1) / 2)], t[int(NR * 0.95 + 0.5)]
        }'
}
repeat() { n=0 && : >"$data/times" && while [ $n -lt $rounds ]; do n=$((n + 1)) && "$@" >>"$data/times"; done; }

newest() {
    redis-cli -p $redis flushall >/dev/null
    request "http://127.0.0.1:$api/api/messages?limit=$((50 + n % 50))"
}
deep() { request "http://127.0.0.1:$api/api/messages?limit=50&after=$(page $((messages / 2 - n * messages / 10000)))"; }
one() { request "http://127.0.0.1:$api/api/messages/$((messages / 3 + n * messages / 10000))"; }
create() {
    request "http://127.0.0.1:$api/api/messages" -H "Idempotency-Key: key-$n" \
        --json '{ "author": "Ada", "text": "One more" }'
    # The answer does not end with a line break.
    { sed 's/.*"id":"\([0-9]*\)".*"ownerToken":"\([^"]*\)".*/\1 \2/' "$data/answer" && echo; } >>"$data/created"
}
remove() {
    # shellcheck disable=SC2046 # id and token
    set -- $(sed -n "${n}p" "$data/created")
    request -X DELETE "http://127.0.0.1:$api/api/messages/$1" -H "X-Owner-Token: $2"
}

echo "| $messages messages | requests | median, ms | 95 %, ms |"
echo '| --- | --- | --- | --- |'
repeat newest && measure 'newest page, 50 to 99 messages, not cached'
repeat deep && measure 'page of 50 from the middle'
repeat one && measure 'one message'
repeat create && measure 'create, with a key'
repeat remove && measure 'delete'

# old TABLE COLUMN LIMIT: prints how many expired rows a table has, up to a limit.
old() { sql -c "SELECT count(*) FROM (SELECT FROM $1 WHERE $2 < now() - interval '24 hours' LIMIT $3) rows"; }
begun=$(date +%s%N)
sql -c "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'" >/dev/null
until [ "$(old idempotency_keys created_at 1)" = 0 ]; do sleep 0.2; done
keys_took=$((($(date +%s%N) - begun) / 1000000))
# The newest of the expired events stays, because it marks the position after which the log is complete.
until [ "$(old message_events occurred_at 2)" -lt 2 ]; do sleep 0.2; done
all_took=$((($(date +%s%N) - begun) / 1000000))
cat <<END

| clean-up of $keys rows each | seconds | ms per 1,000 rows |
| --- | --- | --- |
| keys | $((keys_took / 1000)) | $((keys_took * 1000 / keys)) |
| events | $(((all_took - keys_took) / 1000)) | $(((all_took - keys_took) * 1000 / keys)) |
END

# The last plan of each kind of statement.
echo && echo '```text'
awk '
    /LOG:  duration: .* plan:/ { take(); text = ""; inside = 1; next }
    /^[^\t]/ { inside = 0 }
    inside { text = text $0 "\n" }
    function take() {
        if (text == "") return
        kind = text ~ /DELETE FROM messages/ ? "delete" : text ~ /DELETE FROM idempotency_keys/ ? "clean-up of keys" \
            : text ~ /DELETE FROM message_events/ && text ~ /lead/ ? "clean-up of events" \
            : text ~ /INSERT INTO messages/ && text !~ /generate_series/ ? "create" \
            : text ~ /FROM messages/ && text ~ /LIMIT/ && text ~ /id </ ? "page" : ""
        # The last batch of a clean-up finds nothing.
        if (kind ~ /^clean-up/ && text ~ /Delete on [^\n]*rows=0 loops/) return
        if (kind != "") plans[kind] = text
    }
    END { take(); for (kind in plans) print kind ":\n" plans[kind] }' "$data/postgres.log" |
    grep -E '^[a-z]|->|Scan|Buffers|Limit|Delete|Insert' | sed 's/\t/    /'
echo '```'
