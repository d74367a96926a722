# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Progress lines for the scripts of this folder: sourced, not run. Set steps_total before the first step.

# Colour only where a person looks at it.
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\033[1m' red=$'\033[31m' plain=$'\033[0m'
else
  bold='' red='' plain=''
fi
step_number=0

# step TEXT: the next step begins.
step() {
  step_number=$((step_number + 1))
  printf '%s[%2d/%d] %02d:%02d  %s%s\n' "$bold" "$step_number" "${steps_total:?}" $((SECONDS / 60)) $((SECONDS % 60)) "$1" "$plain"
}

note() { printf '    %s\n' "$1"; }
warn() { printf '    %s%s%s\n' "$red" "$1" "$plain" >&2; }
stop() { warn "$1"; exit 1; }
