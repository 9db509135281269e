#!/bin/sh
# Measures the gateway's HTTPS beside nginx and HAProxy, which terminate TLS with the same certificate (ECDSA, P-256)
# over the same replicas, in turn, over ROUNDS rounds (default 3): HTTP/2 with 64 clients of 10 streams each, which ask
# for /api/hello, and new TLS connections with full handshakes, one request each. Prints the medians as a Markdown
# table. HTTP/3 is not measured: nginx of most distributions has none, and the gateway only with libmsquic.
# Usage: bench/edge.sh [ROUNDS]. Linux only; needs h2load, wrk, nginx, haproxy, openssl and curl. Build first:
#   dotnet build Softy.AppHost --configuration Release
#   for s in Softy.Api Softy.Gateway Softy.Web; do
#       dotnet publish $s -p:Native=true -p:Tuned=true --output .softy/native/$s
#   done
set -eu
cd "$(dirname -- "$0")/.."
. bench/figures.sh
for tool in h2load wrk nginx haproxy openssl curl; do
    command -v $tool >/dev/null || { echo "edge: $tool is not installed." >&2; exit 1; }
done
rounds=${1:-3} port=18430 seconds=6 folder=$(mktemp -d) path=/api/hello
softy_port=18431 nginx_port=18432 haproxy_port=18433 contestants='softy nginx haproxy'
host='' nginx='' haproxy=''
finish() {
    for pid in $nginx $haproxy $host; do kill -TERM "$pid" 2>/dev/null && wait "$pid" || :; done
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM

openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 30 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$folder/key" -out "$folder/certificate" 2>/dev/null
cat "$folder/certificate" "$folder/key" >"$folder/both.pem"

# The services inherit these variables. Replicas that only start on demand would be dead ones for the competitors.
env Gateway__Tls__Port=$softy_port Gateway__Tls__Certificates__0__File="$folder/certificate" \
    Gateway__Tls__Certificates__0__Key="$folder/key" Gateway__Redirect__Enabled=false \
    Softy.AppHost/bin/Release/net10.0/Softy.AppHost --Programs=.softy/native --Gateway:Port=$port --Replicas=3 \
    --MaxReplicas=3 --Stores=process --Volumes=none --Dashboard:Enabled=false --environment Production \
    >"$folder/log" 2>&1 &
host=$!
until [ "$(curl -s -o /dev/null -w '%{http_code}' -m 2 http://localhost:$port/health)" = 200 ]; do
    kill -0 $host 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.1
done
gateway=$(pgrep -f "^$PWD/.softy/native/Softy.Gateway/Softy.Gateway$")
servers() { tr '\0' '\n' <"/proc/$gateway/environ" | sed -n 's|^services__api__http__[0-9]*=http://||p'; }
[ -n "$(servers)" ] || { echo 'edge: the addresses of the replicas are not known.' >&2; exit 1; }

cat >"$folder/nginx.conf" <<NGINX
daemon off;
worker_processes auto;
worker_rlimit_nofile 65536;
pid $folder/nginx.pid;
error_log $folder/nginx.log crit;
events {
    worker_connections 16384;
    multi_accept on;
}
http {
    access_log off;
    tcp_nodelay on;
    keepalive_requests 10000000;
    client_body_temp_path $folder/body;
    proxy_temp_path $folder/proxy;
    fastcgi_temp_path $folder/fastcgi;
    uwsgi_temp_path $folder/uwsgi;
    scgi_temp_path $folder/scgi;
    upstream api {
$(servers | sed 's/.*/        server &;/')
        keepalive 256;
        keepalive_requests 10000000;
    }
    server {
        listen 127.0.0.1:$nginx_port ssl http2 reuseport backlog=4096;
        ssl_certificate $folder/certificate;
        ssl_certificate_key $folder/key;
        ssl_protocols TLSv1.2 TLSv1.3;
        http2_max_concurrent_streams 128;
        location / {
            proxy_pass http://api;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host \$host;
            proxy_set_header X-Forwarded-For \$remote_addr;
            proxy_set_header X-Forwarded-Proto \$scheme;
        }
    }
}
NGINX
cat >"$folder/haproxy.cfg" <<HAPROXY
global
    maxconn 8000
    nbthread $(nproc)
defaults
    mode http
    option http-keep-alive
    http-reuse always
    timeout connect 5s
    timeout client 300s
    timeout server 300s
frontend public
    bind 127.0.0.1:$haproxy_port ssl crt $folder/both.pem alpn h2,http/1.1
    option forwardfor
    http-request set-header X-Forwarded-Proto https
    default_backend api
backend api
    balance roundrobin
$(servers | awk '{ print "    server s" NR " " $1 " pool-max-conn 512" }')
HAPROXY
nginx -e "$folder/nginx.log" -c "$folder/nginx.conf" 2>"$folder/nginx.err" &
nginx=$!
haproxy -f "$folder/haproxy.cfg" >"$folder/haproxy.log" 2>&1 &
haproxy=$!

port_of() { eval "echo \$${1}_port"; }
url_of() { echo "https://localhost:$(port_of "$1")$path"; }
for name in $contestants; do
    tries=0
    until [ "$(curl -s --cacert "$folder/certificate" -w ' %{http_version}' "$(url_of "$name")")" = \
        'Hello, World! 2' ]; do
        [ $((tries += 1)) -lt 100 ] || { echo "edge: $name does not answer." >&2; cat "$folder"/*.log >&2; exit 1; }
        sleep 0.1
    done
done

# processes NAME: those of a contestant.
processes() {
    case $1 in
        softy) echo "$gateway" ;;
        nginx) echo "$nginx" && pgrep -P "$nginx" ;;
        haproxy) echo "$haproxy" && { pgrep -P "$haproxy" || :; } ;;
    esac
}

streams() { h2load -t2 -c64 -m10 -D "$2" --log-file="$folder/requests" "$(url_of "$1")" >"$folder/h2load"; }
connections() { wrk -t2 -c64 -d "$2" -H 'Connection: close' "$(url_of "$1")" >"$folder/wrk"; }

# shellcheck disable=SC2046 # one argument per process
measure() {
    rm -f "$folder/requests" && streams "$1" 2 && rm -f "$folder/requests"
    before=$(ticks $(processes "$1"))
    streams "$1" $seconds
    after=$(ticks $(processes "$1"))
    # The columns are the start, the status and the duration in microseconds.
    sort -n -k 3 "$folder/requests" | awk -v t=$((after - before)) -v hz="$(getconf CLK_TCK)" -v s=$seconds '
        $2 != 200 { bad++ }
        { d[NR] = $3 }
        END { printf "%d %.2f %.1f %d ", NR / s, d[int(NR * 0.99)] / 1000, t / hz / NR * 1e6, bad }
    ' >>"$folder/$1.figures"

    connections "$1" 1s
    before=$(ticks $(processes "$1"))
    connections "$1" ${seconds}s
    after=$(ticks $(processes "$1"))
    awk -v t=$((after - before)) -v hz="$(getconf CLK_TCK)" '
        / requests in / { n = $1 }
        /Requests\/sec/ { rps = $2 }
        /Socket errors/ { gsub(",", ""); bad += $4 + $6 + $8 + $10 }
        /Non-2xx/ { bad += $NF }
        END { printf "%d %.1f %d\n", rps, t / hz / n * 1e6, bad }
    ' "$folder/wrk" >>"$folder/$1.figures"
}

# Connections and pools are filled first.
for name in $contestants; do streams "$name" 12 && connections "$name" 6s; done
round=0
while [ "$round" -lt "$rounds" ]; do
    # Each round begins with another one.
    # shellcheck disable=SC2086 # words
    set -- $contestants
    [ $((round % 3)) -lt 1 ] || set -- "$2" "$3" "$1"
    [ $((round % 3)) -lt 2 ] || set -- "$2" "$3" "$1"
    for name in "$@"; do measure "$name"; done
    round=$((round + 1))
done

column() { median "$folder/$1.figures" "$2"; }
row() {
    errors=$(awk '{ n += $4 + $7 } END { print n + 0 }' "$folder/$1.figures")
    printf '| %s | %s | %s ms | %s µs | %s | %s µs | %s |\n' "$2" "$(column "$1" 1)" "$(column "$1" 2)" \
        "$(column "$1" 3)" "$(column "$1" 5)" "$(column "$1" 6)" "$errors"
}
echo '| HTTPS | HTTP/2: requests/s | p99 | CPU per request | new connections/s | CPU per connection | errors |'
echo '| --- | ---: | ---: | ---: | ---: | ---: | ---: |'
row softy Softy
row nginx nginx
row haproxy HAProxy
