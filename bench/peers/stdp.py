"""Additive all-to-all pair STDP on a sparse network of Poisson neurons in Brian2.

The peer of bench/spiking/pair_stdp_bench.cpp: C++ standalone mode, one core. Builds its program
in the given directory, unless it is there, runs it, and prints the synaptic events per second. An
event is a presynaptic spike at a synapse. Building the program and drawing the synapses are not
timed.
"""
import argparse
import pathlib
import subprocess

parser = argparse.ArgumentParser()
parser.add_argument("--directory", type=pathlib.Path, required=True)
parser.add_argument("--scalar", choices=("float", "double"), default="float")
parser.add_argument("--neurons", type=int, default=10000)
parser.add_argument("--fan-out", type=int, default=1000)
parser.add_argument("--rate", type=float, default=10, help="Hz, on both sides")
parser.add_argument("--duration", type=float, default=1, help="simulated seconds")
arguments = parser.parse_args()


def build():
    import brian2 as b

    b.set_device("cpp_standalone", build_on_run=False)
    b.prefs.devices.cpp_standalone.openmp_threads = 0
    b.prefs.core.default_float_dtype = b.float32 if arguments.scalar == "float" else b.float64
    b.defaultclock.dt = 1 * b.ms
    tau = 20 * b.ms
    threshold = "rand() < rate * dt"
    names = {"rate": arguments.rate * b.Hz, "tau": tau}
    pre = b.NeuronGroup(arguments.neurons, "", threshold=threshold, namespace=names)
    post = b.NeuronGroup(arguments.neurons, "conductance : 1", threshold=threshold, namespace=names)
    synapses = b.Synapses(
        pre,
        post,
        """w : 1
           dr/dt = -r / tau : 1 (event-driven)
           do/dt = -o / tau : 1 (event-driven)""",
        on_pre="""conductance_post += w
                  w = clip(w - 0.00525 * o, 0, 1)
                  r += 1""",
        on_post="""w = clip(w + 0.005 * r, 0, 1)
                   o += 1""",
        namespace=names,
    )
    synapses.connect(p=arguments.fan_out / arguments.neurons)
    synapses.w = 0.5
    network = b.Network(pre, post, synapses)
    network.run(arguments.duration * b.second)
    b.device.build(directory=str(arguments.directory), compile=True, run=False)


if not (arguments.directory / "main").exists():
    build()
subprocess.run(["./main"], cwd=arguments.directory, check=True, stdout=subprocess.DEVNULL)
seconds = float((arguments.directory / "results" / "last_run_info.txt").read_text().split()[0])
events = arguments.neurons * arguments.fan_out * arguments.rate * arguments.duration
print(round(events / seconds))
