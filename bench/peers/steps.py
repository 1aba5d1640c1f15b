"""What the peers in PyTorch share: threads, and training steps per second."""
import argparse
import time

import torch


def parser():
    result = argparse.ArgumentParser()
    result.add_argument("--threads", type=int, default=2)
    result.add_argument("--seconds", type=float, default=4)
    return result


def glorot(post, pre):
    """Weights, post x pre."""
    bound = (6 / (pre + post)) ** 0.5
    return torch.empty(post, pre).uniform_(-bound, bound)


def one_hot(batch, classes, correct, others):
    targets = torch.full((batch, classes), others)
    targets[torch.arange(batch), torch.arange(batch) % classes] = correct
    return targets


def prepare(arguments):
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)
    torch.set_grad_enabled(False)
    torch.manual_seed(1)


def report(step, seconds):
    """Prints the steps a second, after one that warms up."""
    step()
    start, count = time.perf_counter(), 0
    while count == 0 or time.perf_counter() < start + seconds:
        step()
        count += 1
    print(f"{count / (time.perf_counter() - start):.4g}")
