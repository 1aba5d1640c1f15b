"""One training step of equilibrium propagation in PyTorch, from its equations.

The peer of bench/network/equilibrium/equilibrium_propagation_bench.cpp. 784-500-10, batches of 20,
20 free steps from 0 and 4 nudged steps of random sign, contrastive updates, a fixed learning rate
per layer; float32. As our benchmark does, it computes the drive of the input once per batch,
because the input is constant. Prints batches per second.
"""
import random

import steps
import torch

arguments = steps.parser().parse_args()
steps.prepare(arguments)
random.seed(1)

SIZES = [784, 500, 10]
BATCH, FREE, NUDGED, STEP, BETA = 20, 20, 4, 0.5, 0.5
RATES = [1e-4, 5e-5]

weights = [steps.glorot(SIZES[k + 1], SIZES[k]) for k in range(2)]
biases = [torch.zeros(SIZES[k + 1]) for k in range(2)]
x = torch.rand(BATCH, SIZES[0])
target = steps.one_hot(BATCH, SIZES[-1], 1.0, 0.0)


def settle(hidden, output, input_drive, count, beta):
    for _ in range(count):
        to_hidden = torch.addmm(input_drive, output, weights[1])
        to_output = torch.addmm(biases[1], hidden, weights[1].T)
        way = to_output - output + beta * (target - output) if beta else to_output - output
        hidden = (hidden + STEP * (to_hidden - hidden)).clamp(0, 1)
        output = (output + STEP * way).clamp(0, 1)
    return hidden, output


def step():
    input_drive = torch.addmm(biases[0], x, weights[0].T)
    free = settle(torch.zeros(BATCH, SIZES[1]), torch.zeros(BATCH, SIZES[2]), input_drive, FREE, 0)
    beta = random.choice((-BETA, BETA))
    nudged = settle(*free, input_drive, NUDGED, beta)
    scale = 1 / (beta * BATCH)
    moved = [nudged[k] - free[k] for k in range(2)]
    weights[0].addmm_(moved[0].T, x, alpha=RATES[0] * scale)
    weights[1].addmm_(nudged[1].T, nudged[0], alpha=RATES[1] * scale)
    weights[1].addmm_(free[1].T, free[0], alpha=-RATES[1] * scale)
    for k in range(2):
        biases[k] += RATES[k] * scale * moved[k].sum(dim=0)


steps.report(step, arguments.seconds)
