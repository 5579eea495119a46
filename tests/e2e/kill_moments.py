"""Moments to end a real smsctl at, for tests that load kill_at.cpp before it.

A moment is a kind of call and how many of that kind come first. The kind "any" is every call that
leaves a trace outside; where in a run its Nth is depends on how threads take turns. The others
(`sync`, `request`, `answer`, `response`) are the same place in each run, so a test that must have seen a phase
puts one of them there and need not hope for it.
"""

import os

SHIM = os.environ["SMSCTL_KILL_AT"]


def shim(counted="any", **options):
    """The environment that loads it: kill_at, full_at or count, of calls of the kind `counted`."""
    kind = {} if counted == "any" else {"SMSCTL_TEST_COUNTED": counted}
    places = {f"SMSCTL_TEST_{name.upper()}": str(value) for name, value in options.items()}
    return {"LD_PRELOAD": SHIM, **kind, **places}


def every(kind, last):
    """Each moment of a kind up to `last`."""
    return [(kind, nth) for nth in range(1, last + 1)]


def spread(chance, kind, first, last, count):
    """`count` moments from `first` to `last`: one by chance out of each of as many equal parts."""
    size = (last + 1 - first) / count
    return [(kind, min(last, int(first + (part + chance.random()) * size))) for part in range(count)]
