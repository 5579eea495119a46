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
    started=$(date +%s)
    if ! "$@"; then
        printf '== FAILED: %s\n' "$title"
        failed="$failed
  $title"
        return 1
    fi
    printf '== done in %s s\n' $(($(date +%s) - started))
}

check_format() {
    find src commands tests -name '*.hpp' -o -name '*.cpp' | sort |
        xargs clang-format --dry-run -Werror
}

build() {
    cmake --preset "$1" && cmake --build --preset "$1"
}

# GCC 12's sanitizers give up on kernels that spread addresses wider than they knew.
sanitized_tests() {
    if setarch -R true 2>/dev/null; then
        setarch -R ctest --preset "$1"
    else
        ctest --preset "$1"
    fi
}

step "packages" sh scripts/install_packages.sh build test fuzz
step "format" check_format || :
step "build, warnings are errors" build dev
step "the demo, on a release build" sh scripts/demo.sh || :
if step "build with address and undefined-behaviour sanitizers" build asan; then
    step "tests under address and undefined-behaviour sanitizers" sanitized_tests asan || :
fi
if step "build with the thread sanitizer" build tsan; then
    step "threaded tests under the thread sanitizer" sanitized_tests tsan || :
fi
if step "build the fuzzers" build fuzz; then
    step "fuzzers, 15 s each" sh tests/fuzz/run.sh build/fuzz || :
fi

[ -z "$failed" ] || printf '\nfailed before the last step:%s\n' "$failed"
printf '\n== tests\n'
status=0
ctest --preset dev || status=$?
[ -z "$failed" ] || exit 1
exit "$status"
