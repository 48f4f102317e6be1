# Sourced by the scripts that build: `quiet_build LABEL LOG COMMAND…`.

# Runs a build with its output in LOG. Says nothing where it takes under two seconds; else one line on standard error, with the
# builder's own progress behind it where that is a terminal. Where it fails, shows the errors and returns its exit code.
quiet_build() {
  local label=$1 log=$2 started=$SECONDS said=no pid status
  shift 2
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 &
  pid=$!
  trap 'kill $pid 2>/dev/null; exit 130' INT TERM
  while kill -0 $pid 2>/dev/null; do
    if [ $((SECONDS - started)) -ge 2 ]; then
      if [ -t 2 ]; then
        printf '\r\033[K%s… %s' "$label" "$(grep -oE '^\[[0-9]+/[0-9]+\]' "$log" | tail -n 1)" >&2
      elif [ $said = no ]; then
        printf '%s…\n' "$label" >&2
      fi
      said=yes
    fi
    sleep 0.2
  done
  wait $pid
  status=$?
  trap - INT TERM
  [ -t 2 ] && [ $said = yes ] && printf '\r\033[K' >&2
  if [ $status -ne 0 ]; then
    if grep -qE 'error:' "$log"; then grep -E 'error:' "$log" | sort -u | head -n 30 >&2; else tail -n 20 "$log" >&2; fi
    printf '%s failed; its whole output is in %s\n' "$label" "$log" >&2
  fi
  return $status
}
