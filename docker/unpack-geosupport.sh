#!/bin/sh
# Unpacks a zip of Geosupport for Linux, whose folder is named after its version: sh unpack-geosupport.sh ZIP FOLDER
set -eu
zip=$1 folder=$2
unpacked=$(mktemp -d)
unzip -q "$zip" -d "$unpacked"
set -- "$unpacked"/version-*
[ -d "$1/fls" ] && [ -d "$1/lib" ] || { echo "There is no version-…/fls and lib in $zip." >&2; exit 1; }
mkdir -p "$folder"
cp -R "$1/fls" "$1/lib" "$folder"
rm -rf "$unpacked"
chmod -R a+rX "$folder"
