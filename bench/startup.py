#!/usr/bin/env python3
"""How long `smsctl --version` takes beside `curl --version`: whole processes, in pairs, one after
the other, so that whatever slows the machine slows both. Prints the medians and their ratio.

    bench/startup.py build/release/commands/smsctl [PAIRS]
"""

import statistics
import subprocess
import sys
import time


def milliseconds(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60)
    return (time.perf_counter() - start) * 1000


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    ours = [sys.argv[1], "--version"]
    theirs = ["curl", "--version"]
    pairs = int(sys.argv[2]) if len(sys.argv) == 3 else 200
    milliseconds(ours), milliseconds(theirs)  # both from a warm cache
    times = [(milliseconds(ours), milliseconds(theirs)) for _ in range(pairs)]
    our_median = statistics.median(our for our, _ in times)
    their_median = statistics.median(their for _, their in times)
    ratio = statistics.median(our / their for our, their in times)
    print(f"smsctl --version  {our_median:7.2f} ms")
    print(f"curl --version    {their_median:7.2f} ms")
    print(f"ratio             {ratio:7.2f}  (median of {pairs} pairs; target: at most 1.5)")


if __name__ == "__main__":
    main()
