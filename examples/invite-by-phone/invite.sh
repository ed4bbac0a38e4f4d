#!/bin/sh
# Invites somebody into a conference with curl alone, tells what becomes of the call, and hangs up at Ctrl-C.
set -eu

usage() {
  echo "Usage: [CONFERENCE=3] [PIN=…] [EXTENSION=211] $0 NUMBER
Environment: PARTYLINE_URL (http://127.0.0.1:8080), PARTYLINE_APP_KEY (demo-app), PARTYLINE_APP_SECRET (required),
  PARTYLINE_ADMIN (LOGIN:PASSWORD of an administrator, who is also told what was said by SIP when a call fails).
Exit code: 0 they answered, 1 they did not or the server refused, 2 wrong use." >&2
  exit 2
}

url=${PARTYLINE_URL:-http://127.0.0.1:8080}
key=${PARTYLINE_APP_KEY:-demo-app}
secret=${PARTYLINE_APP_SECRET:-}
extension=${EXTENSION:-211}
conference=${CONFERENCE-3}
pin=${PIN:-}

[ $# -eq 1 ] || usage
number=$1
if [ -z "$secret" ]; then
  echo 'PARTYLINE_APP_SECRET is not set: the server shows it at its first start ("App  key … secret …")' >&2
  usage
fi
# What goes into the request as it is must be what it should be.
case "$number$extension$conference$pin" in *[!0-9+*]*) echo 'numbers have digits, + and *' >&2; usage ;; esac

# field NAME < JSON: the first value of that name.
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" | head -n 1; }
# For an answer with an error: its code and message.
refused() {
  echo "refused: $(printf %s "$1" | sed 's/.*"code":"\([^"]*\)","message":"\([^"]*\)".*/\1: \2/')" >&2
  exit 1
}
# why ID: what an administrator is told of a call that failed, in parentheses; nothing without one.
why() {
  [ -n "${PARTYLINE_ADMIN:-}" ] && [ -n "$1" ] || return 0
  basic=$(printf %s "$PARTYLINE_ADMIN" | base64 | tr -d '\n')
  events=$(printf 'Authorization: Basic %s' "$basic" | curl -sS -H @- "$url/admin/v1/calls/$1/events?limit=1000") || return 0
  # One event a line; of those that say why, the last.
  printf %s "$events" | sed 's/},{"callId"/}\
{"callId"/g' | sed -n \
    -e 's/.*"type":"failed".*"cause":"\([^"]*\)".*"refusal":{"status":\([0-9]*\).*/ (\1: SIP \2)/p' -e t \
    -e 's/.*"type":"failed".*"cause":"\([^"]*\)".*/ (\1)/p' -e t \
    -e 's/.*"type":"entryRefused".*"why":"\([^"]*\)".*/ (not let in: \1)/p' -e t \
    -e 's/.*"type":"dialOutRefused".*"scope":"\([^"]*\)".*/ (calls out refused: \1)/p' | tail -n 1
}
say() { echo "$(date +%T)  $1"; }

# Secrets go to curl by its standard input, where nobody else on this machine can read them.
answer=$(printf %s "$secret" | curl -sS "$url/oauth/token.php" -d grant_type=client_credentials \
  --data-urlencode "client_id=$key" --data-urlencode client_secret@-) || exit 1
token=$(printf %s "$answer" | field access_token)
[ -n "$token" ] || refused "$answer"
api() { printf 'Authorization: Bearer %s' "$token" | curl -sS -H @- "$@"; }

query="waitForPickup=25${conference:+&number=$conference}${pin:+&pin=$pin}"
body='{"extension":"'$extension'","phoneCallView":[{"source":["'$extension'"],"destination":["'$number'"]}]}'
# With the same key a request that is sent again rings no phone twice.
once=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
answer=$(api "$url/uapi/phoneCalls/@me/conferenceInvite?$query" --retry 3 -H 'Content-Type: application/json' \
  -H "Idempotency-Key: $once" -d "$body") || exit 1
id=$(printf %s "$answer" | sed -n 's/^\[{"id":"\([a-z0-9]*\)".*/\1/p')
[ -n "$id" ] || refused "$answer"
self="$url/uapi/phoneCalls/@me/$extension/$id"
say "call $id: $number into $extension"

hang_up() {
  trap - INT TERM
  api -X DELETE "$self" > /dev/null && say 'hung up'
  exit "$result"
}
trap hang_up INT TERM

result=1
shown=
while :; do
  answer=$(api "$self") || hang_up
  case $answer in
    *'"error"'*) refused "$answer" ;;
    *'"entry":[]'*) break ;;
  esac
  case $(printf %s "$answer" | field status) in
    2) status=trying ;;
    3) status=ringing ;;
    4) status='the other side is ringing' ;;
    5) status='on the call' result=0 ;;
    *) status=unknown ;;
  esac
  [ "$status" = "$shown" ] || say "$status"
  shown=$status
  sleep 1
done
if [ "$result" -eq 0 ]; then
  say "ended$(why "$id")"
else
  # Why: the call detail record says it.
  answer=$(api "$url/uapi/cdr?sortBy=published&sortOrder=desc&count=100") || answer=
  case $(printf %s "$answer" | sed -n 's/.*"'"$id"'":{[^[]*\[{[^}]*"disposition":\([0-9]\).*/\1/p') in
    1) reason=': busy' ;;
    2) reason=': failed' ;;
    3) reason=': no answer' ;;
    5) reason=': not allowed' ;;
    *) reason= ;;
  esac
  say "ended without an answer$reason$(why "$id")"
fi
exit "$result"
