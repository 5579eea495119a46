"""The table that a benchmark of several rounds ends with."""

import statistics


def print_table(rounds, measured, ratios):
    """The median of what was measured; min, median and max of the ratios within each round to who
    stands first. A round gives each name what was measured of it; `ratios` names a column for each."""
    first = next(iter(rounds[0]))
    print(f"{'':24}" + "".join(f"{column:>12}" for column in measured) +
          "".join(f"{column:>22}" for column in ratios))
    for name in rounds[0]:
        cells = [f"{statistics.median(each[name][column] for each in rounds):12.2f}"
                 for column in measured]
        for column in ratios.values():
            shares = [each[name][column] / each[first][column] for each in rounds]
            cells.append(f"{min(shares):10.2f}{statistics.median(shares):6.2f}{max(shares):6.2f}")
        print(f"{name:24}" + "".join(cells))
