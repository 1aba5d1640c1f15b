"""Compares spikes that network_check (bench/spiking/network_check.cpp) wrote with published numbers
and with Brian2 on the same connections, initial state and drive.

  sr ai si-fast si-slow   Brunel 2000, figure 8 and table 1: rates, irregularity, global oscillation
  coba cuba               Brette et al. 2007, benchmarks 1 and 2, beside Brian2: the same statistics
  cuba-exact brunel-exact both programs integrate exactly: the spikes themselves, one by one

Prints rows of a table. bench/peers/check_networks.sh runs all of them.
"""
import argparse
import pathlib
import subprocess
import tempfile

import numpy as np

# Brunel 2000, table 1: mean rate and global frequency of his simulation and of his theory, Hz.
# Written down from memory, not checked against the print.
published = {
    "sr": "regular, high rates",
    "ai": "37.7 Hz (theory 38.0)",
    "si-fast": "60.7 Hz (55.8), global 180 Hz (190)",
    "si-slow": "5.5 Hz (6.5), global 22 Hz (29)",
    "coba": "about 20 Hz",
    "cuba": "",
}
parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
)
parser.add_argument("network", choices=[*published, "cuba-exact", "brunel-exact"])
parser.add_argument("file", type=pathlib.Path)
arguments = parser.parse_args()

data = np.load(arguments.file)
excitatory, size, duration_ms = (int(x) for x in data["size"].ravel())
dt_ms, warm_up_ms = 0.1, 200


def describe(moments, neurons):
    """Rates, irregularity, correlation and oscillation of spikes after the warm-up."""
    times = moments * dt_ms
    late = times > warm_up_ms
    times, neurons = times[late], neurons[late]
    seconds = (duration_ms - warm_up_ms) / 1000
    counts = np.bincount(neurons, minlength=size)
    order = np.lexsort((times, neurons))
    sorted_times, sorted_neurons = times[order], neurons[order]
    intervals = np.diff(sorted_times)
    same = np.diff(sorted_neurons) == 0
    intervals, owners = intervals[same], sorted_neurons[1:][same]
    n = np.bincount(owners, minlength=size)
    total = np.bincount(owners, intervals, minlength=size)
    square = np.bincount(owners, intervals**2, minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / n
        cv = np.sqrt(np.maximum(square / n - mean**2, 0)) / mean
    # Correlation of counts in bins of 5 ms, over pairs of 500 excitatory neurons that spike.
    chosen = np.flatnonzero(counts[:excitatory] >= 5)[:500]
    bins = int(seconds * 200)
    table = np.zeros((size, bins), np.float32)
    bin_of = np.minimum(((times - warm_up_ms - 0.05) / 5).astype(int), bins - 1)
    np.add.at(table, (neurons, bin_of), 1)
    correlation = np.nan
    if len(chosen) > 1:
        matrix = np.corrcoef(table[chosen])
        correlation = matrix[~np.eye(len(chosen), dtype=bool)].mean()
    # The global rate in bins of 0.5 ms: its spectrum, a mean over segments of 0.5 s.
    half_ms = ((times - warm_up_ms - 0.05) / 0.5).astype(int)
    rate = np.bincount(half_ms, minlength=int(seconds * 2000))
    segment = 1000
    spectra = [
        np.abs(np.fft.rfft((part - part.mean()) * np.hanning(segment))) ** 2
        for part in (rate[k : k + segment] for k in range(0, len(rate) - segment + 1, segment // 2))
    ]
    spectrum = np.convolve(np.mean(spectra, axis=0), np.ones(3) / 3, "same")
    frequency = np.fft.rfftfreq(segment, 0.0005)
    band = frequency >= 8
    peak = frequency[band][spectrum[band].argmax()]
    coarse = rate[: len(rate) // 2 * 2].reshape(-1, 2).sum(1)
    return (
        f"{counts[:excitatory].mean() / seconds:.2f} | "
        f"{counts[excitatory:].mean() / seconds:.2f} | "
        f"{np.nanmean(cv[n >= 5]):.2f} | {correlation:.4f} | {coarse.var() / coarse.mean():.1f} | "
        f"{peak:.0f}"
    )


def brian(exact):
    """The same network in Brian2. Returns moments and neurons of its spikes.

    A spike of hebb's moment n has the time (n - 1) dt in Brian2, and a delay of one step has the
    same effect there. Brian2 counts the step of the spike as the first of the refractory time.
    """
    import brian2 as b

    b.prefs.codegen.target = "numpy"
    directory = tempfile.TemporaryDirectory()
    if not exact:
        b.set_device("cpp_standalone", build_on_run=False)
        b.prefs.devices.cpp_standalone.openmp_threads = 0
    b.defaultclock.dt = dt_ms * b.ms
    b.seed(1)
    steps = round(duration_ms / dt_ms)
    names = {"tau_e": 5 * b.ms, "tau_i": 10 * b.ms, "tau_m": 20 * b.ms, "mV": b.mV}
    extra = []
    if arguments.network.startswith("coba"):
        equations = """dv/dt = (ge * (0 * mV - v) + gi * (-80 * mV - v) - (v + 60 * mV)) / tau_m
                                : volt (unless refractory)
                       dge/dt = -ge / tau_e : 1
                       dgi/dt = -gi / tau_i : 1"""
        weights, method, unit = ("0.6", "6.7"), "euler", 1
    elif arguments.network.startswith("cuba"):
        equations = """dv/dt = (ge - gi - (v + 49 * mV)) / tau_m : volt (unless refractory)
                       dge/dt = -ge / tau_e : volt
                       dgi/dt = -gi / tau_i : volt"""
        weights, method, unit = ("1.62 * mV", "9 * mV"), "exact" if exact else "euler", b.mV
    else:
        equations = """dv/dt = -active * v / tau_m : volt
                       active : 1
                       ge : volt
                       gi : volt"""
        weights, method, unit = ("0.25 * mV", "1.25 * mV"), "exact", b.mV
    brunel = arguments.network.startswith("brunel")
    neurons = b.NeuronGroup(
        size,
        equations,
        threshold="v >= 20 * mV" if brunel else "v >= -50 * mV",
        reset="v = 10 * mV" if brunel else "v = -60 * mV",
        refractory=(2.1 if brunel else 5.1) * b.ms,
        method=method,
        namespace=names,
    )
    neurons.v = data["initial_potential"].ravel() * b.mV
    if not brunel:
        neurons.ge = data["initial_excitatory"].ravel() * unit
        neurons.gi = data["initial_inhibitory"].ravel() * unit
    else:
        # What arrived at the end of the last step moves the potential at the beginning of this one,
        # unless the neuron is refractory in it.
        earlier = np.vstack([np.zeros((1, size)), data["drive"].T[: steps - 1]])
        names["drive"] = b.TimedArray(earlier * 0.25 * b.mV, b.defaultclock.dt)
        neurons.run_regularly(
            """active = int(timestep(t - lastspike, dt) >= timestep(refr, dt))
               v += active * (drive(t, i) + ge - gi)
               ge = 0 * mV
               gi = 0 * mV""",
            when="start",
        )
        names["refr"] = 2.1 * b.ms
    delay = (1.5 if brunel else dt_ms) * b.ms
    for name, variable, weight in zip(("excitatory", "inhibitory"), ("ge", "gi"), weights):
        synapses = b.Synapses(
            neurons, neurons, on_pre=f"{variable}_post += {weight}", delay=delay, namespace=names
        )
        pre, post = data[name]
        synapses.connect(i=pre, j=post)
        extra.append(synapses)
    monitor = b.SpikeMonitor(neurons)
    network = b.Network(neurons, *extra, monitor)
    network.run(duration_ms * b.ms)
    if not exact:
        b.device.build(directory=directory.name, compile=True, run=True)
    moments = np.rint(np.asarray(monitor.t / b.ms) / dt_ms).astype(int) + 1
    return moments, np.asarray(monitor.i)


moments, neurons = data["spikes"]
if arguments.network.endswith("exact"):
    theirs = brian(exact=True)
    ours = sorted(zip(moments.tolist(), neurons.tolist()))
    theirs = sorted(zip(theirs[0].tolist(), theirs[1].tolist()))
    first = next((a[0] for a, b in zip(ours, theirs) if a != b), duration_ms / dt_ms)
    print(
        f"| {arguments.network} | {duration_ms} ms | {len(ours)} spikes | "
        f"{len(theirs)} in Brian2 | {len(set(ours) & set(theirs))} are the same | "
        + ("all equal |" if ours == theirs else f"they differ from {first * dt_ms:.1f} ms on |")
    )
else:
    row = describe(moments, neurons)
    print(f"| {arguments.network}, hebb | {row} | {published[arguments.network]} |")
    if arguments.network in ("coba", "cuba"):
        print(f"| {arguments.network}, Brian2 | {describe(*brian(exact=False))} | |")
