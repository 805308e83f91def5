#!/bin/sh
# Let a server stop only when nothing that entered it can still be in flight: for images with a shell and nothing else.
#
#     status.sh [--port N]... [--min-wait S] [--deadline S] [--longest S]
#
# A Pod's preStop exec hook. It waits --min-wait seconds (20: how long the load balancer may still send), then until
# no connection to the ports is left, or those that are left have been quiet for --longest seconds (30), and goes at
# --deadline seconds (25) whatever is left. Without --port: every port that something listens on. Whole seconds only.
# Exit codes: 0 drained, 1 deadline with connections in flight, 3 failed slow (it slept until the deadline instead).
# One line of JSON goes to the container's log (/proc/1/fd/1) and to stderr.
#
# What it cannot know, and gate.py can: /proc/net/tcp has no time stamps, so an idle connection that a load balancer
# keeps looks like one whose answer is being made. Behind a pooling load balancer (ALB, most proxies) it therefore
# waits min-wait + longest: give a --deadline of at least that. It cannot tell a slow answer that is silent for longer
# than --longest from an idle connection, sees nothing of HTTP/2 streams, WebSockets or queues, asks no URL, and
# stops no intake. In a Pod with hostNetwork it sees the node's connections: name the --port.
#
# Only builtins of POSIX sh, and /proc. `sleep` and `grep` are used where they are: without grep, a shell reads
# /proc/net/tcp byte by byte, which takes it a second for some thousands of closed connections (TIME_WAIT).

ports='' min_wait=20 deadline=25 longest=30 error='' left=0 idle=0 source=proc result=failed

uptime() { # whole seconds that no change of the wall clock touches
  read -r up rest </proc/uptime || return 1
  up=${up%%.*}
}

pause() { # a second, without `sleep` by watching the clock
  sleep 1 2>/dev/null && return
  uptime || return
  until_s=$((up + 1))
  while [ "$up" -lt "$until_s" ]; do uptime || return; done
}

say() {
  if [ "$1" -ge 0 ]; then seconds=$1; else seconds=null; fi
  line="{\"gate\": \"status.sh\", \"result\": \"$result\", \"seconds\": $seconds, \"left\": $left, \"idle\": $idle"
  line="$line, \"source\": \"$source\", \"min_wait\": $min_wait, \"deadline\": $deadline, \"longest\": $longest"
  line="$line, \"error\": \"$error\"}"
  echo "$line" >&2
  if [ -p /proc/1/fd/1 ] || [ -f /proc/1/fd/1 ] || [ -c /proc/1/fd/1 ]; then
    (echo "$line" >>/proc/1/fd/1) 2>/dev/null
  fi
}

number() { case $2 in '' | *[!0-9]* | ??????*) error="$1 is no whole number of seconds" ;; *) return 0 ;; esac; return 1; }

while [ $# -gt 0 ]; do
  flag=${1%%=*}
  case $1 in *=*) value=${1#*=} ;; *) shift; value=${1-} ;; esac
  case $flag in
  --port)
    number --port "$value" && [ "$value" -ge 1 ] && [ "$value" -le 65535 ] || error="--port is not from 1 to 65535"
    if [ -z "$error" ]; then # to the four hexadecimal digits of /proc
      hex='' rest=$value
      while [ ${#hex} -lt 4 ]; do
        digit=$((rest % 16)) rest=$((rest / 16))
        case $digit in 10) digit=A ;; 11) digit=B ;; 12) digit=C ;; 13) digit=D ;; 14) digit=E ;; 15) digit=F ;; esac
        hex=$digit$hex
      done
      ports="$ports $hex"
    fi ;;
  --min-wait) number "$flag" "$value" && min_wait=$value given=1 ;;
  --deadline) number "$flag" "$value" && deadline=$value ;;
  --longest) number "$flag" "$value" && longest=$value ;;
  *) error="no such flag" ;;
  esac
  [ $# -gt 0 ] && shift
done
[ -z "${given-}" ] && [ "$deadline" -lt "$min_wait" ] && min_wait=$deadline
[ -z "$error" ] && [ "$deadline" -lt "$min_wait" ] && error="--deadline is before the end of --min-wait"

# One look: counts what is busy for certain, and what is open and quiet; finds whether something listens.
look() {
  busy=0 open='' heard='' listening='' lines=0
  for table in /proc/net/tcp /proc/net/tcp6; do
    [ -r "$table" ] || { [ "$table" = /proc/net/tcp ] && return 1; continue; }
    if command -v grep >/dev/null 2>&1; then
      rows=''
      for port in ${ports:-'[^ ]*'}; do
        rows="$rows$(grep "^[^:]*: [^:]*:$port [^ ]* 0[13489AB] " "$table")
"
      done
      read_rows <<END || return 1
$rows
END
    else
      read_rows <"$table" || return 1
    fi
  done
  for port in $ports; do
    case " $known $heard " in *" $port "*) ;; *) error="nothing listens on a port" && return 1 ;; esac
  done
  [ -n "$known$heard" ] || { error="nothing listens" && return 1; }
  known="$known $heard"
}

read_rows() {
  while read -r _ local remote state queues _; do
    lines=$((lines + 1))
    case $lines in *00)
      uptime
      [ $((up - start)) -lt "$deadline" ] || { error="/proc/net/tcp is too long to be read" && return 1; } ;;
    esac
    port=${local##*:}
    case $state in
    0A) listening="$listening $port" ;;
    01 | 03 | 04 | 08 | 09 | 0B) ;;
    *) continue ;;
    esac
    if [ -n "$ports" ]; then
      case " $ports " in *" $port "*) ;; *) continue ;; esac
    else
      case " $listening " in *" $port "*) ;; *) continue ;; esac
    fi
    case " $heard " in *" $port "*) ;; *) heard="$heard $port" ;; esac
    case $state:$queues in
    0A:*) ;;
    03:*) busy=$((busy + 1)) ;;
    04:0000000[01]:* | 09:0000000[01]:* | 0B:0000000[01]:*) ;; # only the end itself is under way
    04:* | 09:* | 0B:*) busy=$((busy + 1)) ;;
    01:00000000:00000000 | 08:00000000:0000000[01]) open="$open $local$remote" ;;
    *) busy=$((busy + 1)) open="$open $local$remote" ;;
    esac
  done
}

known='' before='' zeros=0 since=0
start=0
if uptime; then start=$up; else error="no /proc/uptime"; fi
if [ -n "$error" ]; then
  echo "status.sh: $error; sleeping $deadline s, as a hook that fails at once loses traffic" >&2
  slept=0
  while [ "$slept" -lt "$deadline" ]; do pause; slept=$((slept + 1)); done
  say "$slept"
  exit 3
fi
while :; do
  error=''
  if look; then
    uptime || up=$((start + deadline))
    elapsed=$((up - start))
    [ "$busy" -gt 0 ] && since=$elapsed
    for one in $open; do
      case " $before " in *" $one "*) ;; *) since=$elapsed ;; esac
    done
    [ "$since" -lt "$min_wait" ] && since=$min_wait
    before=$open left=$busy idle=0
    for one in $open; do idle=$((idle + 1)); done
    if [ "$idle" -gt 0 ] && [ $((elapsed - since)) -lt "$longest" ]; then left=$((left > idle ? left : idle)) idle=0; fi
    if [ "$left" -eq 0 ] && [ "$elapsed" -ge "$min_wait" ]; then zeros=$((zeros + 1)); else zeros=0; fi
  else
    error=${error:-"/proc/net/tcp cannot be read"} zeros=0 left=null
    uptime || up=$((start + deadline))
    elapsed=$((up - start))
  fi
  if [ "$zeros" -ge 2 ]; then result=drained; say "$elapsed"; exit 0; fi
  if [ "$elapsed" -ge "$deadline" ]; then
    [ -n "$error" ] && { say "$elapsed"; exit 3; }
    [ "$left" -eq 0 ] && { result=drained; say "$elapsed"; exit 0; }
    result=late; say "$elapsed"; exit 1
  fi
  pause
done
