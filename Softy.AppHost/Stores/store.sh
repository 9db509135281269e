# shellcheck shell=sh disable=SC2034,SC2154,SC2164
# Functions for the scripts of the stores. Each script sets folder, account and host, and defines prepare and start.

# The options of setpriv that run a program with the server's account.
identity=
[ -z "$account" ] || identity="--reuid=$account --regid=$(id -g "$account") --init-groups"

# run_store SIGNAL: runs the server, and stops it with the signal when this script is stopped.
run_store() {
    # The server inherits the lock. After a crash of the AppHost, the old server holds it for some more seconds.
    exec 9>>"$folder/lock"
    if ! flock --timeout 20 9; then
        echo "The data in $folder are in use by another application. Stop that one first." >&2
        exit 1
    fi
    cd "$folder"
    prepare
    server=
    trap '[ -z "$server" ] || kill -s '"$1"' "$server" 2>/dev/null || :' INT TERM HUP
    start # in the background
    server=$!
    while :; do
        code=0
        wait "$server" || code=$?
        kill -0 "$server" 2>/dev/null || break # wait also returns when this script gets a signal
    done
    if [ -n "$host" ] && ! kill -0 "$host" 2>/dev/null; then
        cd /
        rm -rf "$folder"
    fi
    exit "$code"
}
