#!/bin/sh
# Unpacks a zip of Oracle's Instant Client into a folder: sh unpack-instant-client.sh ZIP FOLDER
set -eu
zip=$1 folder=$2
unpacked=$(mktemp -d)
unzip -q "$zip" -d "$unpacked"
set -- "$unpacked"/instantclient_*
[ -d "$1" ] || { echo "There is no instantclient_… folder in $zip." >&2; exit 1; }
mkdir -p "$folder"
cp -R "$1"/. "$folder"
rm -rf "$unpacked"
[ -e "$folder/libclntsh.so" ] || ln -s "$(basename "$(ls "$folder"/libclntsh.so.* | head -n 1)")" "$folder/libclntsh.so"
# Debian 13 has the library under another name than the one that the client asks for.
for library in /usr/lib/*/libaio.so.1t64; do
  [ ! -e "$library" ] || ln -sf "$library" "$folder/libaio.so.1"
done
