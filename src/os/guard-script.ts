/**
 * What the guard runs: plain POSIX `sh` (dash and busybox ash are enough), told by lines on its stdin.
 *
 * `+ pgid startTicks graceCs cookie [keeper]` enters a process group, `- pgid startTicks` takes it out, `q` is a clean
 * quit. The end of the input without a `q` means that the host is dead: every group still entered gets SIGTERM and
 * SIGCONT, its own grace, SIGKILL; then whatever carries a `tethered` cookie of this host gets SIGKILL, until two passes in
 * a row find nothing (in the middle of an exec a process has no environment for a moment: fs/proc/base.c, environ_read). So
 * does what carries the cookie of an entered life that another host has spawned. `$1` is the host's id.
 *
 * A keeper keeps more than a group: `pid:startTicks`, the init of a PID namespace, or the path of a cgroup. As soon as its
 * group is gone, or its grace is, everything it keeps gets SIGKILL.
 *
 * - A group is signalled only if it is proven to be the one entered: by its leader's start ticks; else by a process
 *   that was a member while the leader was still there (a pgid is not reused while a member lives); else by a member
 *   that carries the cookie of this very life. A leader with other ticks means that the number has a new owner.
 * - Nothing forks on the way to the first signal while the leaders live, so a full process table (often why the host
 *   died) does not stop it. A shell that cannot fork exits: its EXIT trap then goes straight to SIGKILL.
 * - `/proc/pid/stat` is one line, the kernel escapes a newline in a command's name (proc_task_name, fs/proc/array.c).
 *   The name may hold a `)`, so fields count from the last one.
 * - The rows made of many `environ`s are only hints, since a value may hold newlines that look like rows. Each is
 *   checked against the process itself before a signal, its ticks last.
 */
export const guardScript = String.raw`
trap '' HUP INT QUIT TERM
set -f
host=$1
claimed= foreign= kept=' ' cgroups= # foreign: cookies of lives that were adopted

clock() { # now: centiseconds since boot
  read -r now idle < /proc/uptime
  now=$((\${now%.*} * 100 + 1\${now#*.} - 100)) # the 1 keeps 08 and 09 from being octal
}

look() { # pid: its state, group and ticks; fails where there is no such process
  read -r line < "/proc/$1/stat" || return 1
  set -- \${line##*') '}
  state=$1 group=$3 ticks=\${20}
}

entry() { # pgid: what was entered for it
  eval "set -- \$entry_$1"
  entered=$1 grace=$2 cookie=$3 keeper=$4
}

anchored() { # pgid: whether a process known as its member still is one
  pgid=$1
  eval "set -- \$anchors_$1"
  for member do
    look "\${member%:*}" && [ "$ticks" = "\${member#*:}" ] && [ "$group" = "$pgid" ] && return
  done
  return 1
}

forgetKept() { # pgid
  kept="\${kept%% $1 *} \${kept#* $1 }"
}

endKept() { # for each group that is entered with a keeper, and has no grace any more
  for pgid in $kept; do
    case " $claimed " in *" $pgid "*) continue ;; esac
    entry "$pgid"
    forgetKept "$pgid"
    case $keeper in
      '') ;;
      /*) endCgroup "$keeper"; cgroups="$cgroups $keeper" ;;
      *) look "\${keeper%:*}" && [ "$ticks" = "\${keeper#*:}" ] && kill -KILL "\${keeper%:*}" ;;
    esac
  done
}

endCgroup() { # path; cgroup.kill is there since Linux 5.14
  if [ -w "$1/cgroup.kill" ]; then
    echo 1 > "$1/cgroup.kill"
    return
  fi
  set +f
  for file in "$1/cgroup.procs" "$1"/*/cgroup.procs; do
    [ -r "$file" ] && while read -r pid; do kill -KILL "$pid"; done < "$file"
  done
  set -f
}

removeCgroups() { # last, since it forks; the kernel removes none that is populated
  for pass in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    left=
    for path in $cgroups; do
      [ -d "$path" ] || continue
      endCgroup "$path"
      find "$path" -depth -type d -exec rmdir {} \;
      [ -d "$path" ] && left="$left $path"
    done
    cgroups=$left
    [ -n "$cgroups" ] || return
    pause
  done
}

carried() { # rows pid:state:pgid:ticks=cookie; the third file ends what an environ leaves without an end
  set +f
  for dir in /proc/[0-9]*; do
    echo "$dir/stat $dir/environ /proc/sys/kernel/ostype"
  done | xargs cat | tr '\0' '\n' | sed -n '
    s/^\([0-9]*\) (.*) \(.\) [0-9]* \([0-9]*\) \([^ ]* \)\{16\}\([0-9]*\) .*/\1:\2:\3:\5/
    t row
    s/^BROOD_COOKIE=\([!-~]*\)$/\1/
    t cookie
    b
    :row
    h
    b
    :cookie
    G
    s/\(.*\)\n\(.*\)/\2=\1/p'
}

carries() { # pid ticks cookie: whether this very process has it
  tr '\0' '\n' < "/proc/$1/environ" | grep -qxF -e "BROOD_COOKIE=$3" && look "$1" && [ "$ticks" = "$2" ]
}

columns() { # row: pid, state, group, ticks and cookie of what carried it; fails for the dead
  carrier=\${1%%=*} carriedCookie=\${1#*=}
  IFS=:
  set -- $carrier
  unset IFS
  carrier=$1 carrierGroup=$3 carrierTicks=$4
  [ "$2" != Z ] && [ "$2" != X ]
}

send() { # signal pgid
  kill "-$1" "-$2" # not -s: busybox then takes no group, and dash no --
  [ "$1" = TERM ] || return 0
  kill -CONT "-$2" # a stopped process gets its SIGTERM only when it goes on
  claimed="$claimed $2"
  eval "anchors_$2=\$members_$2"
}

reach() { # signal pgid...: to each that is proven to be the group entered
  signal=$1 doubtful=' '
  shift
  for pgid do
    entry "$pgid"
    if look "$pgid"; then
      [ "$ticks" = "$entered" ] && [ "$group" = "$pgid" ] && send "$signal" "$pgid"
    elif anchored "$pgid"; then
      send "$signal" "$pgid"
    else
      doubtful="$doubtful$pgid "
    fi
  done
  [ "$doubtful" != ' ' ] || return
  for row in $(carried); do
    columns "$row" || continue
    case $doubtful in *" $carrierGroup "*) ;; *) continue ;; esac
    entry "$carrierGroup"
    [ "$cookie" = "$carriedCookie" ] || continue
    carries "$carrier" "$carrierTicks" "$cookie" && [ "$group" = "$carrierGroup" ] || continue
    send "$signal" "$group"
    doubtful="\${doubtful%% $group *} \${doubtful#* $group }"
  done
}

sweep() { # SIGKILL for what is tethered to this host, by its cookie
  clean=
  for pass in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    found=
    for row in $(carried); do
      columns "$row" || continue
      case $carriedCookie in
        "$host":*:tethered:/*) ;;
        *) case $foreign in *" $carriedCookie "*) ;; *) continue ;; esac ;;
      esac
      carries "$carrier" "$carrierTicks" "$carriedCookie" || continue
      kill -KILL "$carrier"
      found=1
    done
    if [ -n "$found" ]; then clean=
    elif [ -n "$clean" ]; then return
    else clean=1
    fi
    pause
  done
}

pause() {
  sleep 0.05 || sleep 1 # not every busybox knows fractions
}

while read -r verb pgid ticks rest; do
  case $verb in
    +)
      eval "entry_$pgid=\"$ticks \$rest\""
      case \${rest#* } in "$host":*) ;; *) foreign="$foreign \${rest#* } " ;; esac
      case $kept in *" $pgid "*) forgetKept "$pgid" ;; esac
      case $rest in *' '*' '*) kept="$kept$pgid " ;; esac
      ;;
    -)
      entry "$pgid"
      if [ "$entered" = "$ticks" ]; then
        unset "entry_$pgid"
        case $kept in *" $pgid "*) forgetKept "$pgid" ;; esac
      fi
      ;;
    q) exit ;;
  esac
done

clock
died=$now groups=
set +f
for dir in /proc/[0-9]*; do
  pid=\${dir#/proc/}
  look "$pid" && [ "$group" -gt 1 ] || continue
  eval "entered=\$entry_$group known=\$known_$group"
  [ -n "$entered" ] || continue
  [ -n "$known" ] || groups="$groups $group"
  eval "known_$group=1"
  [ "$state" = Z ] || [ "$state" = X ] || eval "members_$group=\"\$members_$group $pid:$ticks\""
done
set -f

trap 'reach KILL $claimed; claimed=; endKept; sweep; removeCgroups' EXIT
reach TERM $groups
while [ -n "$claimed" ]; do
  clock
  waiting= due=
  for pgid in $claimed; do
    kill -0 "-$pgid" || continue
    entry "$pgid"
    if [ "$now" -lt $((died + grace)) ]; then waiting="$waiting $pgid"; else due="$due $pgid"; fi
  done
  claimed=$waiting
  reach KILL $due
  endKept
  [ -z "$claimed" ] || pause
done
`.replaceAll('\\${', '${')
