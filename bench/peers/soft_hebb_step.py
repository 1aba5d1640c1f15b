"""One training step of deep SoftHebb in PyTorch, from its equations.

The peer of bench/layers/soft_hebb_bench.cpp: batches of ten images, float32; the third block alone
(--block3) or the three blocks of the network for CIFAR-10. Prints batches per second.
"""
import steps
import torch
from torch.nn import functional

parser = steps.parser()
parser.add_argument("--block3", action="store_true")
arguments = parser.parse_args()
steps.prepare(arguments)

BATCH = 10
# Input and output channels, kernel, 1 / temperature, eta, power of Triangle, pooling.
BLOCKS = [
    (3, 96, 5, 1.0, 0.08, 0.7, lambda z: functional.max_pool2d(z, 4, 2, 1)),
    (96, 384, 3, 0.65, 0.005, 1.4, lambda z: functional.max_pool2d(z, 4, 2, 1)),
    (384, 1536, 3, 0.25, 0.01, 1.0, lambda z: functional.avg_pool2d(z, 2, 2, 0)),
]


class Block:
    def __init__(self, inputs, outputs, kernel, sharpness, eta, power, pool):
        self.weight = torch.randn(outputs, inputs, kernel, kernel)
        self.weight *= 25 / (inputs * kernel * kernel) ** 0.5
        self.norm = torch.nn.BatchNorm2d(inputs, affine=False)
        self.padding = kernel // 2
        self.sharpness, self.eta, self.power, self.pool = sharpness, eta, power, pool

    def train(self, images):
        pad = (self.padding,) * 4
        x = functional.pad(self.norm(images), pad, mode="reflect")
        u = functional.conv2d(x, self.weight)
        z = torch.relu(u - u.mean(dim=1, keepdim=True))
        if self.power != 1:
            z = z.pow(self.power)
        self.learn(x, u)
        return self.pool(z)

    def learn(self, x, u):
        y = torch.softmax(u * self.sharpness, dim=1)
        winner = u.argmax(dim=1, keepdim=True)
        y.neg_().scatter_(1, winner, -y.gather(1, winner))
        change = torch.nn.grad.conv2d_weight(x, self.weight.shape, y)
        change -= (y * u).sum(dim=(0, 2, 3)).view(-1, 1, 1, 1) * self.weight
        change /= change.abs().max() + 1e-30
        length = self.weight.flatten(1).norm(dim=1)
        rate = self.eta * ((length - 1).abs() + 1e-10).sqrt()
        self.weight += rate.view(-1, 1, 1, 1) * change


blocks = [Block(*block) for block in (BLOCKS[2:] if arguments.block3 else BLOCKS)]
images = torch.rand(BATCH, 384, 8, 8) if arguments.block3 else torch.rand(BATCH, 3, 32, 32)


@torch.no_grad()
def step():
    x = images
    for block in blocks:
        x = block.train(x)


steps.report(step, arguments.seconds)
