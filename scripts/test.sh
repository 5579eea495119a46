#!/bin/sh
# Installs what the tests need, builds, and runs all of them; the dev preset's CTest summary is the
# last thing printed. Exit status 0 only when every step passed.
set -eu
cd "$(dirname "$0")/.."

if [ -z "${SMSCTL_COMPILER_LAUNCHER+set}" ] && command -v ccache >/dev/null; then
    export SMSCTL_COMPILER_LAUNCHER=ccache
fi

failed=
# step TITLE COMMAND...: goes on after a failure, so that one run shows all there is to mend.
step() {
    title=$1
    shift
    printf '\n== %s\n' "$title"
    if ! "$@"; then
        printf '== FAILED: %s\n' "$title"
        failed="$failed
  $title"
        return 1
    fi
}

check_format() {
    find src commands tests -name '*.hpp' -o -name '*.cpp' | sort |
        xargs clang-format --dry-run -Werror
}

build() {
    cmake --preset "$1" && cmake --build --preset "$1"
}

step "packages" sh scripts/install_packages.sh build test
step "format" check_format || :
step "build, warnings are errors" build dev
if step "build with address and undefined-behaviour sanitizers" build asan; then
    step "tests under address and undefined-behaviour sanitizers" ctest --preset asan || :
fi
if step "build with the thread sanitizer" build tsan; then
    step "threaded tests under the thread sanitizer" ctest --preset tsan || :
fi

[ -z "$failed" ] || printf '\nfailed before the last step:%s\n' "$failed"
step "tests" ctest --preset dev
[ -z "$failed" ]
