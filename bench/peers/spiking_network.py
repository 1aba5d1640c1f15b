"""Four spiking networks in Brian2's C++ standalone mode, on one core: the peer of
bench/spiking/network_bench.cpp.

  coba         Vogels & Abbott 2005; benchmark 1 of Brette et al. 2007 (conductances)
  cuba         the same with currents; benchmark 2 there
  isp          Vogels et al. 2011: inhibitory plasticity, 10,000 neurons
  brunel-stdp  Brunel 2000 with pair STDP on the synapses between excitatory neurons

Builds its program in the directory given, unless it is there, runs it, and prints biological
seconds per second. Building, connecting and the first seconds (--warm-up) are not timed. Mean
rates go to standard error.
"""
import argparse
import pathlib
import subprocess
import sys

import numpy as np

networks = ("coba", "cuba", "isp", "brunel-stdp")
parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
)
parser.add_argument("network", choices=networks)
parser.add_argument("--directory", type=pathlib.Path, required=True)
parser.add_argument("--scalar", choices=("float", "double"), default="float")
parser.add_argument("--warm-up", type=float, help="simulated seconds before the timed part")
parser.add_argument("--duration", type=float, help="simulated seconds of the timed part")
arguments = parser.parse_args()

# Warm-up and timed part, in simulated seconds.
defaults = {"coba": (0.5, 5), "cuba": (0.5, 5), "isp": (5, 2), "brunel-stdp": (0.2, 1)}
warm_up, duration = defaults[arguments.network]
warm_up = warm_up if arguments.warm_up is None else arguments.warm_up
duration = duration if arguments.duration is None else arguments.duration
excitatory = {"coba": 3200, "cuba": 3200, "isp": 8000, "brunel-stdp": 8000}[arguments.network]


def vogels_abbott(b, currents):
    """4,000 neurons, 2 % connected, synaptic currents or conductances; Euler's method."""
    tau_e, tau_i, tau_m = 5 * b.ms, 10 * b.ms, 20 * b.ms
    if currents:
        names = {"El": -49 * b.mV}
        equations = """dv/dt = (ge + gi - (v - El)) / tau_m : volt (unless refractory)
                       dge/dt = -ge / tau_e : volt
                       dgi/dt = -gi / tau_i : volt"""
    else:
        names = {"El": -60 * b.mV, "Ee": 0 * b.mV, "Ei": -80 * b.mV}
        equations = """dv/dt = (ge * (Ee - v) + gi * (Ei - v) - (v - El)) / tau_m : volt
                                (unless refractory)
                       dge/dt = -ge / tau_e : 1
                       dgi/dt = -gi / tau_i : 1"""
    names |= {"tau_e": tau_e, "tau_i": tau_i, "tau_m": tau_m}
    neurons = b.NeuronGroup(
        4000,
        equations,
        threshold="v > -50 * mV",
        reset="v = -60 * mV",
        refractory=5 * b.ms,
        method="euler",
        namespace=names,
    )
    if currents:
        neurons.v = "-60 * mV + rand() * 10 * mV"
        weights = ("1.62 * mV", "-9 * mV")
    else:
        neurons.v = "-60 * mV + (5 * randn() - 5) * mV"
        neurons.ge = "1.5 * randn() + 4"
        neurons.gi = "12 * randn() + 20"
        weights = ("0.6", "6.7")
    outgoing = []
    for group, variable, weight in zip((neurons[:3200], neurons[3200:]), ("ge", "gi"), weights):
        synapses = b.Synapses(group, neurons, on_pre=f"{variable} += {weight}")
        synapses.connect(p=0.02)
        outgoing.append(synapses)
    return [neurons, *outgoing]


def inhibitory_plasticity(b):
    """Vogels et al. 2011: inhibitory synapses learn to keep excitatory neurons at 3 Hz."""
    names = {
        "gl": 10 * b.nS,
        "el": -60 * b.mV,
        "er": -80 * b.mV,
        "memc": 200 * b.pF,
        "bg": 200 * b.pA,
        "tau_ampa": 5 * b.ms,
        "tau_gaba": 10 * b.ms,
        "tau_stdp": 20 * b.ms,
        "eta": 1e-2,
        "alpha": 3 * b.Hz * 20 * b.ms * 2,
    }
    neurons = b.NeuronGroup(
        10000,
        """dv/dt = (-gl * (v - el) - (ge * v + gi * (v - er)) + bg) / memc : volt
                   (unless refractory)
           dge/dt = -ge / tau_ampa : siemens
           dgi/dt = -gi / tau_gaba : siemens""",
        threshold="v > -50 * mV",
        reset="v = el",
        refractory=5 * b.ms,
        method="euler",
        namespace=names,
    )
    neurons.v = "el + rand() * 10 * mV"
    exc, inh = neurons[:8000], neurons[8000:]
    from_exc = b.Synapses(exc, neurons, on_pre="ge += 0.3 * nS")
    within_inh = b.Synapses(inh, inh, on_pre="gi += 3 * nS")
    plastic = b.Synapses(
        inh,
        exc,
        """w : 1
           dx/dt = -x / tau_stdp : 1 (event-driven)
           dy/dt = -y / tau_stdp : 1 (event-driven)""",
        on_pre="""w = clip(w + (y - alpha) * eta, 0, 100)
                  x += 1
                  gi += w * nS""",
        on_post="""w = clip(w + x * eta, 0, 100)
                   y += 1""",
        namespace=names,
    )
    for synapses in (from_exc, within_inh, plastic):
        synapses.connect(p=0.02)
    plastic.w = 1
    return [neurons, from_exc, within_inh, plastic]


def brunel(b):
    """Brunel 2000, model A with 10,000 neurons: g = 5, external rate 1.2 times threshold."""
    j, w_max = 0.125, 0.25  # mV
    external_hz = 1.2 * 20 / (j * 800 * 20e-3)  # per external synapse; 800 of them
    names = {"tau_m": 20 * b.ms, "tau_stdp": 20 * b.ms, "w_max": w_max}
    neurons = b.NeuronGroup(
        10000,
        "dv/dt = -v / tau_m : volt (unless refractory)",
        threshold="v > 20 * mV",
        reset="v = 10 * mV",
        refractory=2 * b.ms,
        method="exact",
        namespace=names,
    )
    neurons.v = "rand() * 20 * mV"
    exc, inh = neurons[:8000], neurons[8000:]
    plastic = b.Synapses(
        exc,
        exc,
        """w : 1
           dr/dt = -r / tau_stdp : 1 (event-driven)
           do/dt = -o / tau_stdp : 1 (event-driven)""",
        on_pre="""v_post += w * mV
                  w = clip(w - 0.00525 * w_max * o, 0, w_max)
                  r += 1""",
        on_post="""w = clip(w + 0.005 * w_max * r, 0, w_max)
                   o += 1""",
        delay=1.5 * b.ms,
        namespace=names,
    )
    exc_inh = b.Synapses(exc, inh, on_pre=f"v_post += {j} * mV", delay=1.5 * b.ms)
    from_inh = b.Synapses(inh, neurons, on_pre=f"v_post -= {5 * j} * mV", delay=1.5 * b.ms)
    for synapses in (plastic, exc_inh, from_inh):
        synapses.connect(p=0.1)
    plastic.w = j
    external = b.PoissonInput(neurons, "v", 800, external_hz * b.Hz, weight=j * b.mV)
    return [neurons, plastic, exc_inh, from_inh, external]


def build():
    import brian2 as b

    b.set_device("cpp_standalone", build_on_run=False)
    b.prefs.devices.cpp_standalone.openmp_threads = 0
    b.prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O3", "-march=native", "-ffast-math"]
    b.prefs.core.default_float_dtype = b.float32 if arguments.scalar == "float" else b.float64
    b.defaultclock.dt = 0.1 * b.ms
    b.seed(1)
    parts = {
        "coba": lambda: vogels_abbott(b, currents=False),
        "cuba": lambda: vogels_abbott(b, currents=True),
        "isp": lambda: inhibitory_plasticity(b),
        "brunel-stdp": lambda: brunel(b),
    }[arguments.network]()
    spikes = b.SpikeMonitor(parts[0], record=False)
    network = b.Network(*parts, spikes)
    spikes.active = False
    network.run(warm_up * b.second)
    spikes.active = True
    network.run(duration * b.second)
    b.device.build(directory=str(arguments.directory), compile=True, run=False)


if not (arguments.directory / "main").exists():
    build()
subprocess.run(["./main"], cwd=arguments.directory, check=True, stdout=subprocess.DEVNULL)
results = arguments.directory / "results"
seconds = float((results / "last_run_info.txt").read_text().split()[0])
(counts,) = results.glob("_array_spikemonitor_count_*")
rates = np.fromfile(counts, np.int32) / duration
print(
    f"excitatory {rates[:excitatory].mean():.2f} Hz, inhibitory {rates[excitatory:].mean():.2f} Hz",
    file=sys.stderr,
)
print(f"{duration / seconds:.4g}")
