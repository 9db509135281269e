#!/bin/sh
# shellcheck disable=SC1091,SC2086,SC2154
# Runs PostgreSQL as a resource of the AppHost, until this script is told to stop or is killed.
#   postgres.sh FOLDER PORT PROGRAMS ACCOUNT HOST
# FOLDER holds the data. PROGRAMS is the folder of postgres and initdb. ACCOUNT is empty unless root starts this.
# HOST is the process of the AppHost where FOLDER is temporary: the folder goes with it.
# POSTGRES_USER and POSTGRES_PASSWORD are in the environment, so that no command line shows them.
set -eu
folder=$1 port=$2 programs=$3 account=$4 host=$5
data=$folder/data
. "${0%/*}/store.sh"

prepare() {
    if [ ! -e "$data/PG_VERSION" ]; then
        # In a draft that is renamed when it is whole: a start that was cut off leaves nothing that looks like data.
        rm -rf "$data.draft"
        umask 077
        printf '%s\n' "$POSTGRES_PASSWORD" >"$folder/password"
        [ -z "$account" ] || chown "$account" "$folder/password"
        outcome=0
        setpriv $identity "$programs/initdb" -D "$data.draft" -U "$POSTGRES_USER" --pwfile="$folder/password" \
            --auth-host=scram-sha-256 --auth-local=scram-sha-256 --encoding=UTF8 --no-locale \
            --no-instructions ${host:+--no-sync} || outcome=$?
        rm -f "$folder/password"
        [ "$outcome" = 0 ] || exit "$outcome"
        mv "$data.draft" "$data"
        return
    fi

    # The lock of the folder is ours, so the server that this file names has ended.
    rm -f "$data/postmaster.pid"
    # The AppHost may have a new password. The data's owner sets it here without knowing the old one.
    printf "ALTER ROLE \"%s\" PASSWORD '%s'\n" \
        "$(printf %s "$POSTGRES_USER" | sed 's/"/""/g')" "$(printf %s "$POSTGRES_PASSWORD" | sed "s/'/''/g")" |
        setpriv $identity "$programs/postgres" --single -D "$data" -c log_min_messages=error postgres >/dev/null
}

start() {
    # "Fast" shutdown on SIGINT: PostgreSQL's answer to SIGTERM is to wait for every client to leave.
    # The kernel sends it when this script ends, even by SIGKILL: no server outlives its resource.
    setpriv $identity --pdeathsig=INT "$programs/postgres" -D "$data" -p "$port" -c listen_addresses=localhost \
        -c unix_socket_directories= -c max_connections=200 -c logging_collector=off -c log_destination=stderr &
}

run_store INT
