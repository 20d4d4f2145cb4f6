"""Runs the code of notebooks against one lake, in one process: python3 run_notebooks.py NOTEBOOK...

Fails when a cell raises an error, uses `spark` in a way that PySpark does not support, or shows a plot without data. Prints
the number of cells and plots of each notebook.
"""
import json
import pathlib
import re
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

ALLOWED = re.compile(r"spark\.(sql|table|read)\b")


def has_data(figure):
    return any(axes.lines or axes.patches or axes.collections for axes in figure.axes)


def run(path):
    cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    plots = []

    def show():
        figure = plt.gcf()
        if not has_data(figure):
            raise AssertionError(f"{path.name}: a plot without data")
        plots.append(figure)
        plt.close(figure)

    plt.show = show
    names = {"__name__": "__main__"}
    for number, cell in enumerate(cells, 1):
        code = "".join(cell["source"])
        for use in re.findall(r"(?<![\w.])spark\.\w+", code):
            if not ALLOWED.match(use):
                raise AssertionError(f"{path.name}, cell {number}: {use} is not used by every platform's notebooks")
        exec(compile(code, f"{path.name}, cell {number}", "exec"), names)
    print(f"{path.name}: {len(cells)} cells, {len(plots)} plots")


for name in sys.argv[1:]:
    notebook = pathlib.Path(name)
    sys.path.insert(0, str(notebook.resolve().parent))
    run(notebook)
