#!/usr/bin/env bash
# The four exercises of a first socket course, by the commands alone; each outcome is checked.
#   tests/course.sh PATH-OF-WIRELAB
set -euo pipefail
wirelab=$1
folder=$(mktemp -d)
export XDG_RUNTIME_DIR=$folder
servers=()
end() {
    [ ${#servers[@]} -eq 0 ] || kill "${servers[@]}" 2>/dev/null || true
    wait
    rm -rf "$folder"
}
trap end EXIT

# Starts a listener in the background; `url` is where it really listens, as its first line says.
start() {
    local told=$folder/listener.${#servers[@]}
    mkfifo "$told"
    "$wirelab" "$@" >"$told" &
    servers+=($!)
    exec {told_by}<"$told"
    read -r url <&"$told_by"
    cat <&"$told_by" >/dev/null &
}

check() { # what it is, what it is to be
    if [ "$1" != "$2" ]; then
        printf 'it is\n%s\nand not\n%s\n' "$1" "$2" >&2
        exit 1
    fi
}

echo "1. a TCP server that greets whoever says something"
start serve tcp://127.0.0.1:0 reply 'Hello, World!\r\n'
check "$("$wirelab" send "$url" hello --json | jq -r 'select(.kind == "data" and .dir == "in").text')" $'Hello, World!\r'
steps=$("$wirelab" send "$url" hello --json)
# Each side in its own order: the answer may come before or after the client has said that it is done.
check "$(jq -r 'select(.dir != "in").kind' <<<"$steps" | tr '\n' ' ')" "made connecting opened data finished closed "
check "$(jq -r 'select(.dir == "in").kind' <<<"$steps" | tr '\n' ' ')" "data finished "

echo "2. its UDP twin"
start serve udp://127.0.0.1:0 reply 'Hello, World!\r\n'
check "$("$wirelab" send "$url" hello --raw --count 2)" $'Hello, World!\r'

echo "3. a web server and its client"
start serve http://127.0.0.1:0 routes 'GET /hello/:name => 200 Hello, {name}!'
check "$("$wirelab" http "$url/hello/Ada")" "Hello, Ada!"
if "$wirelab" http "$url/nowhere" --fail --quiet 2>/dev/null; then
    echo "a page that is not there was found" >&2
    exit 1
fi

echo "4. what went over the wire, seen by a tap and read from its recording"
start serve tcp://127.0.0.1:0 echo
target=$url
start tap tcp://127.0.0.1:0 "$target" --delay 20ms --record "$folder/talk.pcapng" --count 2
"$wirelab" send "$url" 'can you hear me?' --expect 'hear me' --quiet
wait "${servers[-1]}"
unset 'servers[-1]'
said=$("$wirelab" read "$folder/talk.pcapng" -Y 'wl.kind == "data"' -T json | jq -r .text | grep . | sort -u)
check "$said" "can you hear me?"
delayed=$("$wirelab" read "$folder/talk.pcapng" -T json | jq -s 'map(select(.by == "delay" and .delay_ms == 20)) | length')
[ "$delayed" -ge 1 ] || { echo "no delay was told" >&2; exit 1; }

echo "all four are right"
