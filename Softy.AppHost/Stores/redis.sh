#!/bin/sh
# shellcheck disable=SC1091,SC2034,SC2086,SC2154
# Runs Redis as a resource of the AppHost, until this script is stopped or killed.
#   redis.sh FOLDER PORT PROGRAM ACCOUNT HOST
# FOLDER is the data folder. ACCOUNT is the server's account if this script runs as root, otherwise empty. HOST is the
# AppHost's process ID if FOLDER is temporary and must be deleted when that process ends, otherwise empty.
# REDIS_PASSWORD is an environment variable, because command lines are visible to other users.
set -eu
folder=$1 port=$2 program=$3 account=$4 host=$5
. "${0%/*}/store.sh"

prepare() { :; }

start() {
    # The append-only file keeps the changes between two snapshots if the server is killed.
    persistence='save 60 1
appendonly yes'
    [ -z "$host" ] || persistence='save ""
appendonly no'

    # The configuration is read from standard input, because it contains the password, which arguments would reveal.
    # The kernel sends the signal when this script ends, even by SIGKILL, so that the server always ends with it.
    setpriv $identity --pdeathsig=TERM "$program" - <<SETTINGS &
port $port
bind 127.0.0.1 -::1
dir "$folder"
daemonize no
requirepass "$(printf %s "$REDIS_PASSWORD" | sed 's/[\\"]/\\&/g')"
$persistence
SETTINGS
}

run_store TERM
