#!/bin/sh
# Makes the prompts of one language from its prompts.txt, and the music: 8 kHz, 16 bit, mono WAV.
#   prompts/make-prompts.sh [language]          default: en
# Needs node, flite and sox (Debian: apt-get install flite sox). ENGINE=espeak-ng speaks with that in place of flite,
# in the language named; VOICE names another voice of the engine.
set -eu

language="${1:-en}"
here="$(cd "$(dirname "$0")" && pwd)"
folder="$here/$language"
if [ "$language" = en ]; then engine="${ENGINE:-flite}"; else engine="${ENGINE:-espeak-ng}"; fi
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

speak() { # text, file
  case "$engine" in
    flite) flite -voice "${VOICE:-slt}" -t "$1" -o "$2" ;;
    espeak-ng) espeak-ng -v "${VOICE:-$language}" -s 150 -w "$2" -- "$1" ;;
    *) echo "make-prompts: unknown ENGINE $engine" >&2; exit 2 ;;
  esac
}

# Silence is cut at both ends (numbers follow each other closely), the level is the same everywhere (peak -4 dBFS),
# short fades keep the edges from clicking.
finish() { # raw file, finished file
  sox -R "$1" -r 8000 -b 16 -c 1 "$2" \
    rate 8000 highpass 120 \
    silence 1 0.01 0.5% fade t 0.005 reverse silence 1 0.01 0.5% fade t 0.01 reverse \
    norm -4 pad 0.02 0.06
}

sed -e 's/#.*//' -e 's/[[:space:]]*$//' "$folder/prompts.txt" | while IFS= read -r line; do
  [ -n "$line" ] || continue
  name="${line%%:*}"
  text="$(printf '%s' "${line#*:}" | sed 's/^[[:space:]]*//')"
  speak "$text" "$work/raw.wav"
  finish "$work/raw.wav" "$folder/$name.wav"
done

# The music is the same in every language.
node "$here/make-music.mjs" "$here/music.wav"
echo "made $(ls "$folder"/*.wav | wc -l) prompts and the music, $(du -ck "$folder"/*.wav "$here/music.wav" | tail -1 | cut -f1) KB"
