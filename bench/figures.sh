# Functions of the scripts in this folder, which source this file.
# shellcheck shell=sh

# ticks PROCESS…: the clock ticks of CPU time that processes have used.
ticks() {
    for pid in "$@"; do cat "/proc/$pid/stat" 2>/dev/null || :; done |
        sed 's/.*) //' | awk '{ t += $12 + $13 } END { print t + 0 }'
}

# megabytes PROCESS…: the memory of processes, in which shared memory counts once.
megabytes() {
    for pid in "$@"; do cat "/proc/$pid/smaps_rollup" 2>/dev/null || :; done |
        awk '/^Pss:/ { kb += $2 } END { print int(kb / 1024) }'
}

# median FILE [COLUMN]: the median of the numbers in a column, by default the first.
median() {
    cut -d ' ' -f "${2:-1}" "$1" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
