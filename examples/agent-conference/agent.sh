#!/bin/sh
# An agent's conference with curl alone: dials one phone, consults another, makes the two calls one, and prints each notification.
set -eu

usage() {
  echo "Usage: $0 FROM TO CONSULT
  FROM     number of the agent's own phone, which must be registered, e.g. 15000
  TO       whom to call, CONSULT: whom to ask; they answer at their phones
Environment: PARTYLINE_URL (http://127.0.0.1:8080), PARTYLINE_LOGIN (admin@example.test), PARTYLINE_PASSWORD (required).
Exit code: 0 the conference was completed, 1 it was not, 2 wrong use." >&2
  exit 2
}

[ $# -eq 3 ] || usage
from=$1 to=$2 other=$3
case "$from$to$other" in *[!0-9+*]*) echo 'numbers have digits, + and *' >&2; usage ;; esac
url=${PARTYLINE_URL:-http://127.0.0.1:8080}/api/v2
login=${PARTYLINE_LOGIN:-admin@example.test}
password=${PARTYLINE_PASSWORD:-}
[ -n "$password" ] || { echo 'PARTYLINE_PASSWORD is not set: the server shows it at its first start' >&2; usage; }

work=$(mktemp -d)
stream=
finish() { trap - EXIT; [ -z "$stream" ] || kill "$stream" 2> /dev/null || :; rm -rf "$work"; }
trap finish EXIT
trap 'exit 1' INT TERM

# The login once, by standard input, where nobody else on this machine can read it; from then on its cookie.
basic=$(printf %s "$login:$password" | base64 | tr -d '\n')
me=$(printf 'Authorization: Basic %s' "$basic" | curl -sS -c "$work/cookie" -H @- "$url/me/devices?fields=id,phoneNumber") || exit 1
case $me in *'"statusCode":0'*) ;; *) echo "refused: $me" >&2; exit 1 ;; esac
device=$(printf %s "$me" | sed 's/},{/}\
{/g' | sed -n 's/.*"id":"\([^"]*\)","phoneNumber":"'"$from"'".*/\1/p')
[ -n "$device" ] || { echo "$from is no device of $login" >&2; exit 1; }

ask() {
  answer=$(curl -sS -b "$work/cookie" -H 'Content-Type: application/json' "$url$1" -d "$2") || exit 1
  [ "$answer" = '{"statusCode":0}' ] || { echo "refused: $answer" >&2; exit 1; }
}

curl -sSN -D "$work/head" -b "$work/cookie" "$url/me/events" > "$work/events" &
stream=$!
# Nothing is asked before the stream has begun: what is told earlier would be missed.
tries=0
until [ -s "$work/head" ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 300 ] && kill -0 "$stream" 2> /dev/null || { echo 'no notifications come' >&2; exit 1; }
  sleep 0.1
done
seen=0
# until_told TYPE STATE CALLTYPE: prints notifications as they come, until there is such a one; the id of its call is in $call.
until_told() {
  tries=0
  while [ "$tries" -lt 600 ]; do
    lines=$(wc -l < "$work/events")
    while [ "$seen" -lt "$lines" ]; do
      seen=$((seen + 1))
      line=$(sed -n "${seen}p" "$work/events")
      # Of the agent's own phone: behind the call stands where it happened.
      case $line in data:*'"call":{'*'},"phoneNumber":"'"$from"'"'*) ;; *) continue ;; esac
      type=$(printf %s "$line" | sed 's/.*"notificationType":"\([^"]*\)".*/\1/')
      call=$(printf %s "$line" | sed 's/.*"call":{"id":"\([^"]*\)".*/\1/')
      state=$(printf %s "$line" | sed 's/.*"state":"\([^"]*\)".*/\1/')
      kind=$(printf %s "$line" | sed 's/.*"callType":"\([^"]*\)".*/\1/')
      echo "$(date +%T)  $type $state $kind $call"
      [ "$type $state $kind" != "$1 $2 $3" ] || return 0
      [ "$state $kind" != "Released $3" ] || { echo 'the call is over' >&2; return 1; }
    done
    tries=$((tries + 1))
    sleep 0.1
  done
  echo "nothing told of $1 $2 $3" >&2
  return 1
}

ask "/me/devices/$device/calls" '{"operationName":"Dial","destination":{"phoneNumber":"'"$to"'"}}'
way=Internal
case $to in +* | ???????*) way=Outbound ;; esac
until_told StatusChange Established "$way" || exit 1
original=$call
ask "/me/calls/$original" '{"operationName":"InitiateConference","destination":{"phoneNumber":"'"$other"'"}}'
until_told StatusChange Established Consult || exit 1
ask "/me/calls/$call" '{"operationName":"CompleteConference"}'
until_told ParticipantsUpdated Established "$way" || exit 1
echo "$(date +%T)  all three are in call $original"
