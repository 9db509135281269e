#!/bin/sh
# Scans the gateway's TLS with testssl.sh and sslscan: a gateway in front of the web site, with HSTS and a certificate
# of an authority made for the scan. Prints Markdown tables, and fails if testssl.sh finds anything of medium severity
# or worse, except for what is accepted below.
# Usage: [TESTSSL=PROGRAM] bench/tls.sh [FOLDER]. The full reports go to the folder, if one is given. Only versions of
# testssl.sh from 3.2 give a grade. Takes minutes. Linux only; needs testssl.sh, sslscan, openssl and curl. Build first:
#   dotnet build Softy.sln --configuration Release --property:Tuned=true
set -eu
cd "$(dirname -- "$0")/.."
# BREACH needs a secret and the attacker's input in one compressed body. The page has neither: it is a static file. The
# API, whose answers depend on requests, compresses nothing.
accepted=BREACH
testssl=${TESTSSL:-$(command -v testssl || command -v testssl.sh)} ||
    { echo 'tls: testssl.sh is not installed.' >&2; exit 1; }
for tool in sslscan openssl curl; do
    command -v $tool >/dev/null || { echo "tls: $tool is not installed." >&2; exit 1; }
done
folder=$(mktemp -d) reports=${1:-} host=localhost plain=18420 secure=18421 site=18422
gateway='' web=''
finish() {
    for pid in $gateway $web; do kill -TERM "$pid" && wait "$pid" || :; done
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM
[ -z "$reports" ] || mkdir -p "$reports"
reports=${reports:-$folder}
rm -f "$reports/testssl.csv" # testssl.sh refuses to overwrite it
[ "${reports#/}" != "$reports" ] || reports=$PWD/$reports

# An authority and a certificate of it for localhost.
(
    cd "$folder"
    key='-nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256'
    # shellcheck disable=SC2086 # words
    openssl req -x509 $key -days 180 -subj '/CN=Softy scan' -keyout ca.key -out ca.pem \
        -addext 'keyUsage=critical,keyCertSign'
    # shellcheck disable=SC2086 # words
    openssl req $key -subj "/CN=$host" -keyout server.key -out server.csr
    printf 'subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth\nkeyUsage=digitalSignature\n' $host >extensions
    echo "crlDistributionPoints=URI:http://$host/none.crl" >>extensions # nobody fetches it
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 90 -extfile extensions \
        -out server.pem
) 2>/dev/null

# start NAME URL VARIABLE=VALUE…
start() {
    name=$1 url=$2 && shift 2
    env "$@" ASPNETCORE_URLS="$url" DOTNET_ENVIRONMENT=Production \
        "Softy.$name/bin/Release/net10.0/Softy.$name" >"$folder/$name.log" 2>&1 &
}
start Web http://127.0.0.1:$site
web=$!
start Gateway http://127.0.0.1:$plain services__web__http__0=http://127.0.0.1:$site \
    services__api__http__0=http://127.0.0.1:$site Gateway__Tls__Port=$secure Gateway__Tls__Folder="$folder" \
    Gateway__Tls__Certificates__0__File=server.pem Gateway__Tls__Certificates__0__Key=server.key \
    Gateway__Hsts__MaxAge=365.00:00:00
gateway=$!
tries=0
until [ "$(curl -s -o /dev/null -w '%{http_code}' --cacert "$folder/ca.pem" https://$host:$secure/health)" = 200 ]; do
    kill -0 $gateway && [ $((tries += 1)) -lt 300 ] || { cat "$folder"/*.log >&2; exit 1; }
    sleep 0.2
done

"$testssl" --quiet --color 0 --warnings off --ip 127.0.0.1 --add-ca "$folder/ca.pem" --nodns none \
    --csvfile "$reports/testssl.csv" https://$host:$secure >"$reports/testssl.txt" 2>&1 || :
sslscan --no-colour --xml="$reports/sslscan.xml" --sni-name=$host 127.0.0.1:$secure >"$reports/sslscan.txt" || :

# The columns are id, host/ip, port, severity and finding, all in quotation marks.
findings() { awk -F '","' -v severities="$1" '
    NR > 1 && severities ~ $4 { gsub(/"/, "", $1); printf "%s (%s): %s\n", $1, $4, $5 }' "$reports/testssl.csv"; }
echo '| testssl.sh | |'
echo '| --- | --- |'
awk -F '","' '
    { gsub(/"/, "", $1) }
    $1 ~ /^(overall_grade|final_score|protocol_support_score|key_exchange_score|cipher_strength_score)$/ {
        printf "| %s | %s |\n", $1, $5
    }
    NR > 1 { count[$4]++ }
    END { for (s in count) if (s ~ /^(LOW|MEDIUM|HIGH|CRITICAL|WARN)$/) printf "| %s findings | %d |\n", s, count[s] }
' "$reports/testssl.csv"
findings 'LOW WARN MEDIUM HIGH CRITICAL' | sed 's/^/* /'
echo
echo '| sslscan | |'
echo '| --- | --- |'
sed -n '
    s/.*<protocol type="\([a-z]*\)" version="\([^"]*\)" enabled="1".*/| enabled | \1 \2 |/p
    s/.*<cipher status="\([a-z]*\)" sslversion="\([^"]*\)" bits="[0-9]*" cipher="\([^"]*\)".*/| \2 | \3 |/p
    s/.*<heartbleed .*vulnerable="1".*/| heartbleed | vulnerable |/p
' "$reports/sslscan.xml"
bad=$(findings 'MEDIUM HIGH CRITICAL' | grep -v "^$accepted " || :)
[ -z "$bad" ] || { printf 'tls: testssl.sh has findings of medium severity or worse:\n%s\n' "$bad" >&2; exit 1; }
