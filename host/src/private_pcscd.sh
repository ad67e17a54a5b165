#!/bin/sh
# The inside of host::private_pcscd: a pcscd that only FOLDER leads to, and a card beside it.
#
#   unshare --user --map-root-user --mount --net --pid --fork --kill-child \
#       private_pcscd.sh FOLDER PORT CARD [ARGUMENT...]
#
# Runs as the first process of its PID namespace until its standard input ends. The kernel then
# ends everything in the namespace, however the starter went away.
set -eu
PATH=$PATH:/usr/sbin:/sbin
folder=$1 port=$2
shift 2

ip link set lo up
mount -n --bind "$folder" /run
mount -n -t proc proc /proc 2>/dev/null || : # refused in some containers; nothing here depends on it
mkdir /run/pcscd /run/readers
cat >/run/readers/vpcd <<READER
FRIENDLYNAME "symbolon"
DEVICENAME   /dev/null:$port
LIBPATH      /usr/lib/pcsc/drivers/serial/libifdvpcd.so
CHANNELID    $port
READER

run() { # NAME PROGRAM [ARGUMENT...]: its output in NAME.log, its exit code in NAME.exit
    name=$1
    shift
    code=0
    "$@" </dev/null >"/run/$name.log" 2>&1 || code=$?
    echo "$code" >"/run/$name.exit"
}
run pcscd pcscd --foreground --config /run/readers &
run card "$@" &

read -r _ || :
rm -rf "$folder/pcscd" "$folder/readers" "$folder"/*.log "$folder"/*.exit
rmdir "$folder" 2>/dev/null || :
