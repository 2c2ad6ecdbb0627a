# shellcheck shell=bash
# Processes that outlive this script: each is recorded with its start time, so that a process that got the same id
# later is never taken for it.

process_start_time() { # PID
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  read -ra stat <<<"${stat##*) }" # the name in parentheses may hold spaces
  [[ ${stat[0]} != Z ]] || return 1
  echo "${stat[19]}"
}

process_record() { # NAME PID
  local started
  started=$(process_start_time "$2") || return 1
  echo "$2 $started" >"$STATE/run/$1.pid"
}

# Prints the id if the recorded process is still that process.
process_id() { # NAME
  local pid started
  read -r pid started 2>/dev/null <"$STATE/run/$1.pid" || return 1
  [[ $(process_start_time "$pid") == "$started" ]] || return 1
  echo "$pid"
}

process_alive() { process_id "$1" >/dev/null; }

process_start() { # NAME COMMAND...
  local name=$1
  shift
  process_alive "$name" && return 0
  cd /
  setsid "$@" >>"$STATE/log/$name.log" 2>&1 </dev/null 9>&- &
  process_record "$name" $! || die "$name ended at once; see $STATE/log/$name.log"
}

process_gone() { ! process_alive "$1"; }

process_signal() { # NAME SIGNAL
  local pid
  pid=$(process_id "$1") || return 0
  kill -s "$2" "$pid" 2>/dev/null || true
}

# Asks the process to end, insists after SECONDS (0: at once).
process_stop() { # NAME SECONDS
  local name=$1 deadline
  deadline=$(($(now_ms) + $2 * 1000))
  if (($2 > 0)); then
    process_signal "$name" TERM
    while process_alive "$name" && (($(now_ms) < deadline)); do sleep 0.1; done
  fi
  process_signal "$name" KILL
  wait_for 20 "$name to end" process_gone "$name"
  rm -f "$STATE/run/$name.pid"
}

# wait_for_process SECONDS NAME COMMAND...: until the command succeeds; dies when the process has ended meanwhile.
wait_for_process() {
  local seconds=$1 name=$2
  shift 2
  wait_for "$seconds" "$name to be ready (see $STATE/log/$name.log)" process_ended_or "$name" "$@"
  process_alive "$name" || die "$name ended; its log says: $(tail -n 3 "$STATE/log/$name.log" | cut -c1-400)"
}

process_ended_or() { # NAME COMMAND...
  process_alive "$1" || return 0
  shift
  "$@"
}
