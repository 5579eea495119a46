"""50 rows of a large database: any page of `message list` and `inbox`, and `message search`, as whole processes."""

import argparse
import os
import random
import sqlite3
import statistics
import subprocess
import tempfile
import time

NOW = 1_790_000_000_000


def fill(database, messages, people):
    """Messages as a few large lists and a trickle would leave them: most share the instant of their list."""
    chance = random.Random(1)
    words = ["".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(chance.randint(3, 9)))
             for _ in range(20_000)]
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    workspace = connection.execute("SELECT id FROM workspaces").fetchone()[0]
    connection.executemany(
        "INSERT INTO contacts VALUES (?, ?, ?, 'Somebody', ?, '', '', '', ?)",
        ((i, f"ct_{i:012}", workspace, f"+1415{i:07}", NOW) for i in range(1, people + 1)))
    connection.executemany(
        "INSERT INTO conversations VALUES (?, ?, ?, ?, '+15550199', 'open', ?, 0, ?, ?, ?)",
        ((i, f"conv_{i:012}", workspace, i, messages // people, NOW + i // 1000, i, NOW)
         for i in range(1, people + 1)))

    def rows():
        for i in range(1, messages + 1):
            created_at = NOW + (i // 250_000 * 1000 if i % 4 else i)
            text = " ".join(words[int(chance.random() ** 3 * len(words))] for _ in range(10))
            yield (i, f"msg_{i:012}", workspace, i, 1 + i % people, f"+1415{1 + i % people:07}", text, created_at,
                   created_at, f"SM{i:032}")

    connection.executemany(
        "INSERT INTO messages (id, public_id, workspace_id, seq, direction, conversation_id, from_address, to_address,"
        " messaging_service_id, body, segments, encoding, status, status_at, failure_code, failure_text, content_hash,"
        " tag, provider, currency, attempts, processed, chat_id, response_id, created_at, provider_id) VALUES (?, ?, ?,"
        " ?, 'outbound', ?, '+15550199', ?, '', ?, 1, 'GSM-7', 'delivered', ?, '', '', '', '', 'sim', '', 1, 0, '', '',"
        " ?, ?)", rows())
    connection.execute("COMMIT")
    connection.close()
    return words


def place(database, table, order, offset):
    """The id that stands `offset` rows from the top."""
    connection = sqlite3.connect(database)
    found = connection.execute(f"SELECT public_id FROM {table} ORDER BY {order} LIMIT 1 OFFSET {offset}").fetchone()
    connection.close()
    return found[0]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("binary")
    options.add_argument("--messages", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=15)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = f"{folder}/smsctl.db"
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "SMSCTL_DB": database,
                       "SMSCTL_KEY_FILE": f"{folder}/key", "SECRET": "secret"}

        def run(*arguments):
            began = time.perf_counter()
            done = subprocess.run([chosen.binary, *arguments], env=environment, capture_output=True, check=True)
            return (time.perf_counter() - began) * 1000, done.stdout.count(b"\n")

        def show(name, *arguments):
            taken = [run(*arguments) for _ in range(chosen.rounds)]
            print(f"{name:44}{statistics.median(ms for ms, _ in taken):10.1f} ms{taken[0][1]:8} rows", flush=True)

        run("workspace", "add", "bench", "--provider", "twilio", "--account-sid", "AC" + "0" * 32, "--secret-env",
            "SECRET", "--no-check")
        people = max(1, chosen.messages // 10)
        words = fill(database, chosen.messages, people)
        for share in (0, 0.01, 0.5, 0.99):
            before = place(database, "messages", "created_at DESC, id DESC", int(chosen.messages * share))
            show(f"message list, page at {share:.0%}", "message", "list", "--limit", "50", "--before", before)
        for share in (0, 0.5, 0.99):
            before = place(database, "conversations", "last_message_at DESC, id DESC", int(people * share))
            show(f"inbox, page at {share:.0%}", "inbox", "--limit", "50", "--before", before)
        print(f"{'message search, the first one':44}{run('message', 'search', words[50], '--limit', '50')[0]:10.1f} ms")
        for rank in (50, 500, 10_000):
            show(f"message search, a word of rank {rank}", "message", "search", words[rank], "--limit", "50")


main()
