# shellcheck shell=sh disable=SC2034,SC2154,SC2164
# What the scripts of the stores share. Each sets folder, account and host, and defines prepare and start.

# The options of setpriv that make a program run under the account of the server.
identity=
[ -z "$account" ] || identity="--reuid=$account --regid=$(id -g "$account") --init-groups"

# run_store SIGNAL: runs the server, and ends it with the signal when this script is told to stop.
run_store() {
    # Held by the server too, for as long as it lives. After a crash of the AppHost the old server needs some seconds.
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
        kill -0 "$server" 2>/dev/null || break # a signal to this script ends the waiting, too
    done
    if [ -n "$host" ] && ! kill -0 "$host" 2>/dev/null; then
        cd /
        rm -rf "$folder"
    fi
    exit "$code"
}
