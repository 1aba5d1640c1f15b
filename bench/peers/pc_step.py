"""One training step of predictive coding in PyTorch, from its equations.

The peer of bench/network/predictive/predictive_coding_bench.cpp. 784-500-500-10 tanh, batches of
128, 50 steps of inference. Every sample has its own step length, which is halved when its energy
rises. Adam; float32. As our benchmark does, it computes the prediction from the input once per
batch, because the input is constant. Prints batches per second.
"""
import steps
import torch

arguments = steps.parser().parse_args()
steps.prepare(arguments)

SIZES = [784, 500, 500, 10]
BATCH, COUNT, BETA = 128, 50, 0.1
LAYERS = range(len(SIZES) - 1)
LAST = len(SIZES) - 2

weights = [steps.glorot(SIZES[k + 1], SIZES[k]) for k in LAYERS]
biases = [torch.zeros(SIZES[k + 1]) for k in LAYERS]
optimizer = torch.optim.Adam(weights + biases, lr=1e-4)
x = torch.rand(BATCH, SIZES[0])
target = steps.one_hot(BATCH, SIZES[-1], 0.97, 0.03)


def predict(k, r):
    return torch.addmm(biases[k], r, weights[k].T)


def step():
    states, rates = [], [x]
    for k in LAYERS:
        states.append(predict(k, rates[k]))
        if k < LAST:
            rates.append(torch.tanh(states[k]))
    first = states[0].clone()
    errors = [torch.zeros_like(s) for s in states]
    errors[LAST] = target - states[LAST]
    states[LAST] = target
    beta = torch.full((BATCH, 1), BETA)
    energy = errors[LAST].square().sum(dim=1, keepdim=True)
    for _ in range(COUNT):
        for k in LAYERS[:-1]:
            back = (1 - rates[k + 1].square()) * (errors[k + 1] @ weights[k + 1])
            states[k] += beta * (back - errors[k])
            rates[k + 1] = torch.tanh(states[k])
        for k in LAYERS:
            errors[k] = states[k] - (first if k == 0 else predict(k, rates[k]))
        now = sum(e.square().sum(dim=1, keepdim=True) for e in errors)
        beta = torch.where(now > energy, beta / 2, beta)
        energy = now
    for k in LAYERS:
        weights[k].grad = errors[k].T @ rates[k] / -BATCH
        biases[k].grad = -errors[k].mean(dim=0)
    optimizer.step()


steps.report(step, arguments.seconds)
