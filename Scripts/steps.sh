# shellcheck shell=bash
# Steps of a test run, for the scripts that share one: how each step ended is a line in the file RESULTS.

step() { # NAME COMMAND...: runs it, keeps how it ended and how long it took; never ends the script
  local name=$1 start=$SECONDS status=0
  shift
  printf '\n== %s\n' "$name"
  "$@" || status=$?
  if ((status == 0)); then
    echo "passed   $name ($((SECONDS - start)) s)" >>"$RESULTS"
  else
    echo "FAILED   $name ($((SECONDS - start)) s)" >>"$RESULTS"
  fi
  return "$status"
}

skip() { # NAME REASON
  echo "skipped  $1: $2" >>"$RESULTS"
}
