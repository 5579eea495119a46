"""Lists of recipients for end-to-end tests of `bulk`, and what became of them."""

import collections
import sqlite3

from smsctl_process import PATIENCE

ON_ITS_WAY = ("queued", "accepted", "sending", "sent", "delivered")


def number(nth):
    """Another valid number for each of 0 to 239,999."""
    # Behind these three codes libphonenumber knows no gaps.
    return f"+1{(415, 628, 707)[nth // 80_000]}{555 + nth // 10_000 % 8}{nth % 10_000:04}"


def write_list(home, name, count, first=0, **columns):
    """A CSV of numbers with the columns `list` and `nth` and others, in the home; gives its path."""
    path = home.path / f"{name}.csv"
    with open(path, "w", encoding="utf-8") as out:
        print("to", "list", "nth", *columns, sep=",", file=out)
        for nth in range(first, first + count):
            print(number(nth), name, nth, *(value.format(nth=nth) for value in columns.values()), sep=",", file=out)
    return str(path)


def query(home, sql, *values):
    database = sqlite3.connect(home.database, timeout=PATIENCE)
    try:
        return database.execute(sql, values).fetchall()
    finally:
        database.close()


def statuses(home, name):
    """How many messages of the batch of this name have which status in the database."""
    return collections.Counter(dict(query(
        home, "SELECT m.status, count(*) FROM messages m JOIN batches b ON b.id = m.batch_id WHERE b.name = ? "
        "GROUP BY 1", name)))
