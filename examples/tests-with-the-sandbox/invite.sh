#!/bin/sh
# In a shell script, by HTTP alone: npx partyline-sandbox sh invite.sh
# The sandbox is started around it and says in the environment where it is.
set -eu

token=$(curl -sf "$PARTYLINE_URL/oauth/token.php" -d grant_type=client_credentials \
  -d client_id="$PARTYLINE_APP_KEY" -d client_secret="$PARTYLINE_APP_SECRET" |
  sed 's/.*"access_token":"\([^"]*\)".*/\1/')

# 2025550101 answers and speaks: docs/sandbox.md has the others.
id=$(curl -sf "$PARTYLINE_URL/uapi/phoneCalls/@me/conferenceInvite?number=4" \
  -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
  -d '{"extension":"211","phoneCallView":[{"source":["211"],"destination":["2025550101"]}]}' |
  sed 's/^\[{"id":"\([^"]*\)".*/\1/')

tries=0
until curl -sf -u "$PARTYLINE_LOGIN:$PARTYLINE_PASSWORD" "$PARTYLINE_URL/admin/v1/calls/$id/events" |
  grep -q '"type":"established"'; do
  tries=$((tries + 1))
  [ "$tries" -lt 100 ] || { echo "nobody answered" >&2; exit 1; }
  sleep 0.3
done
echo "answered: call $id"
