"""One layer-local training step of LPL on VGG-11's shape in PyTorch.

The peer of bench/network/vgg11_step_bench.cpp. Two views of 64 images. The output of each block is
detached, so that the backward pass has weight gradients and no input gradients, as our benchmark
has. Prints the image pairs per second of the best step in the given time.
"""
import argparse
import time

import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--pairs", type=int, default=64)
parser.add_argument("--seconds", type=float, default=5)
arguments = parser.parse_args()

torch.set_num_threads(arguments.threads)
torch.set_flush_denormal(True)
torch.manual_seed(1)

CHANNELS = [3, 64, 128, 256, 256, 512, 512, 512, 512]
POOLED = [1, 2, 4, 6, 8]


def block(k):
    layers = [nn.Conv2d(CHANNELS[k - 1], CHANNELS[k], 3, padding=1), nn.ReLU()]
    nn.init.kaiming_uniform_(layers[0].weight, nonlinearity="relu")
    return nn.Sequential(*layers, nn.MaxPool2d(2) if k in POOLED else nn.Identity())


def hebbian(z):
    return -torch.log(z.var(dim=0) + 1e-4).mean()


def decorrelation(z):
    centred = z - z.mean(dim=0)
    covariance = centred.T @ centred / (len(z) - 1)
    units = z.shape[1]
    squares = covariance.square().sum() - covariance.diagonal().square().sum()
    return squares / (units * (units - 1))


blocks = [block(k) for k in range(1, len(CHANNELS))]
optimizer = torch.optim.Adam([p for b in blocks for p in b.parameters()], lr=1e-4)
noise = torch.randn(2 * arguments.pairs, 3, 32, 32)
padded = nn.functional.pad(noise, (1, 1, 1, 1), mode="circular")
images = nn.functional.avg_pool2d(padded, 3, stride=1) * 3


def step():
    optimizer.zero_grad(set_to_none=True)
    x, loss = images, 0
    for each in blocks:
        x = each(x.detach())
        z = x.mean(dim=(2, 3))
        one, two = z.chunk(2)
        loss = loss + (one - two).square().mean()
        for view in (one, two):
            loss = loss + 0.5 * hebbian(view) + 5 * decorrelation(view)
    loss.backward()
    optimizer.step()


step()
best, end = float("inf"), time.perf_counter() + arguments.seconds
while time.perf_counter() < end:
    start = time.perf_counter()
    step()
    best = min(best, time.perf_counter() - start)
print(arguments.pairs / best)
