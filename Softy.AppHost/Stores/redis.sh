#!/bin/sh
# shellcheck disable=SC1091,SC2034,SC2086,SC2154
# Runs Redis as a resource of the AppHost, until this script is told to stop or is killed.
#   redis.sh FOLDER PORT PROGRAM ACCOUNT HOST
# FOLDER holds the data. ACCOUNT is empty unless root starts this. HOST is the process of the AppHost where FOLDER is
# temporary: the folder goes with it. REDIS_PASSWORD is in the environment, so that no command line shows it.
set -eu
folder=$1 port=$2 program=$3 account=$4 host=$5
. "${0%/*}/store.sh"

prepare() { :; }

start() {
    # The log of changes besides the snapshots: a kill between two of these must cost nothing.
    persistence='save 60 1
appendonly yes'
    [ -z "$host" ] || persistence='save ""
appendonly no'

    # The settings come by the standard input: arguments, which would hold the password, are for all to see.
    # The kernel sends the signal when this script ends, even by SIGKILL: no server outlives its resource.
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
