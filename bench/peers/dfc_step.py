"""One training step of Deep Feedback Control in PyTorch, from its equations.

The peer of bench/network/control/feedback_control_bench.cpp. 784-256-256-256-10 sigmoid units with
a linear readout and a softmax error, batches of 128, fixed feedback weights directly from the
controller, Euler steps, differential Hebbian updates, Adam; float32. By default it takes 500 steps
and sums over all of them: it keeps the rates of all steps and forms one product per layer. With
--end-points it takes 40 steps, and multiplies the change of rate by the mean of the first and the
last presynaptic rate. As our benchmark does, it computes the drive of the input once per batch,
because the input is constant. Prints batches per second.
"""
import steps
import torch

parser = steps.parser()
parser.add_argument("--end-points", action="store_true")
arguments = parser.parse_args()
steps.prepare(arguments)

SIZES = [784, 256, 256, 256, 10]
BATCH, K_P, ALPHA = 128, 2.0, 0.0
COUNT, DT, RHO = (40, 0.0125, 0.05) if arguments.end_points else (500, 1e-3, 0.01049)
LAYERS = range(len(SIZES) - 1)
LAST = len(SIZES) - 2

weights = [steps.glorot(SIZES[k + 1], SIZES[k]) for k in LAYERS]
biases = [torch.zeros(SIZES[k + 1]) for k in LAYERS]
feedback = [steps.glorot(SIZES[k + 1], SIZES[-1]) for k in LAYERS[:-1]] + [torch.eye(SIZES[-1])]
optimizer = torch.optim.Adam(weights + biases, lr=1e-4)
x = torch.rand(BATCH, SIZES[0])
target = steps.one_hot(BATCH, SIZES[-1], 0.9, 0.1 / 9)
kept = 2 if arguments.end_points else COUNT + 1
rates = [torch.empty(kept, BATCH, SIZES[k + 1]) for k in LAYERS]


def drive(k, r):
    return torch.addmm(biases[k], r, weights[k].T)


def respond(k, v):
    return v if k == LAST else torch.sigmoid(v)


def relax():
    """Runs the dynamics; stores the rates of all steps, or of the first and last, in `rates`."""
    v, r = [], x
    for k in LAYERS:
        v.append(drive(k, r))
        r = respond(k, v[k])
        rates[k][0] = r
    first_drive = v[0].clone()
    integral = torch.zeros(BATCH, SIZES[-1])
    u = integral
    for t in range(1, COUNT + 1):
        error = target - torch.softmax(v[LAST], dim=1)
        integral = integral + DT * (error - ALPHA * u)
        u = integral + K_P * error
        for k in LAYERS:
            basal = first_drive if k == 0 else drive(k, r)
            v[k] += DT / RHO * (torch.addmm(basal, u, feedback[k].T) - v[k])
            r = respond(k, v[k])
            if not arguments.end_points:
                rates[k][t] = r
            elif t == COUNT:
                rates[k][1] = r


def changes(k):
    """The update of layer k, post x pre, and of its bias; means over the batch."""
    moved = rates[k][-1] - rates[k][0]
    bias = moved.mean(dim=0)
    if k == 0:
        return moved.T @ x / BATCH, bias
    pre = rates[k - 1]
    if arguments.end_points:
        return moved.T @ ((pre[0] + pre[1]) / 2) / BATCH, bias
    increments = (rates[k][1:] - rates[k][:-1]).flatten(0, 1)
    return increments.T @ pre[:-1].flatten(0, 1) / BATCH, bias


def step():
    relax()
    for k in LAYERS:
        change, bias = changes(k)
        weights[k].grad, biases[k].grad = -change, -bias
    optimizer.step()


steps.report(step, arguments.seconds)
