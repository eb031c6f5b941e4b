#!/bin/sh
# Writes to standard output, as a tar, the file system of an image that runs the MCP server: Node.js,
# what it is linked with, and the packages. Usage: rootfs.sh <node> <directory of node_modules>
set -eu
node="$(readlink -f "$1")" packages="$2"
root="$(mktemp -d)"
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
mkdir -p "$root/app" "$root/tmp" "$root/bin" "$root/etc"
cp "$node" "$root/bin/node"
ldd "$node" | grep -o '/[^ ]*' | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done
cp -r "$packages/node_modules" "$packages/package.json" "$root/app/"
tar -C "$root" -c .
