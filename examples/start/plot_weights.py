#!/usr/bin/env python3
"""Draws every row of w in an .npz file as a square picture: plot_weights.py weights.npz out.png"""

import math
import sys

import matplotlib

matplotlib.use("Agg")  # needs no screen
import matplotlib.pyplot as plt
import numpy

file, picture = sys.argv[1:]
weights = numpy.load(file)["w"]
side = math.isqrt(weights.shape[1])
assert side * side == weights.shape[1], f"{weights.shape[1]} inputs are no square"
columns = min(8, len(weights))
rows = -(-len(weights) // columns)
figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=(columns, rows))
largest = abs(weights).max()
for axis in axes.flat:
    axis.axis("off")
for axis, row in zip(axes.flat, weights):
    # One row of the weights has the order x, y with x fastest: reshape gives [y, x].
    axis.imshow(row.reshape(side, side), cmap="RdBu", vmin=-largest, vmax=largest)
figure.savefig(picture)
