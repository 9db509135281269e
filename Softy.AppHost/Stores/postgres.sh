#!/bin/sh
# shellcheck disable=SC1091,SC2086,SC2154
# Runs PostgreSQL as a resource of the AppHost, until this script is stopped or killed.
#   postgres.sh FOLDER PORT PROGRAMS ACCOUNT HOST
# FOLDER is the data folder. PROGRAMS is the folder with postgres and initdb. ACCOUNT is the server's account if this
# script runs as root, otherwise empty. HOST is the AppHost's process ID if FOLDER is temporary and must be deleted when
# that process ends, otherwise empty. POSTGRES_USER and POSTGRES_PASSWORD are environment variables, because command
# lines are visible to other users.
set -eu
folder=$1 port=$2 programs=$3 account=$4 host=$5
data=$folder/data
. "${0%/*}/store.sh"

prepare() {
    if [ ! -e "$data/PG_VERSION" ]; then
        # initdb writes to a draft folder that is renamed at the end: an aborted start leaves no incomplete data.
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

    # This script has locked the folder, so the server in this file has ended.
    rm -f "$data/postmaster.pid"
    # The AppHost may have a new password. Single-user mode sets it without the old one.
    printf "ALTER ROLE \"%s\" PASSWORD '%s'\n" \
        "$(printf %s "$POSTGRES_USER" | sed 's/"/""/g')" "$(printf %s "$POSTGRES_PASSWORD" | sed "s/'/''/g")" |
        setpriv $identity "$programs/postgres" --single -D "$data" -c log_min_messages=error postgres >/dev/null
}

start() {
    # SIGINT is a "fast" shutdown. On SIGTERM, PostgreSQL would wait for all clients to disconnect.
    # The kernel sends the signal when this script ends, even by SIGKILL, so that the server always ends with it.
    setpriv $identity --pdeathsig=INT "$programs/postgres" -D "$data" -p "$port" -c listen_addresses=localhost \
        -c unix_socket_directories= -c max_connections=200 -c logging_collector=off -c log_destination=stderr &
}

run_store INT
