"""Facts about the Python module. Run with the module on PYTHONPATH: python3 test_hebb.py"""

import contextlib
import io
import os
import pathlib
import re
import signal
import tempfile
import threading
import unittest

import numpy as np

import hebb

try:
    import torch
except ImportError:
    torch = None

TOLERANCE = {np.float32: 1e-6, np.float64: 1e-12}


def softmax(u):
    shares = np.exp(u - u.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def outer(y, x):
    """<y x^T>, the mean over samples."""
    return y.T @ x / len(x)


def decayed(x, y, w):
    """<y (x - w)>."""
    return outer(y, x) - y.mean(axis=0)[:, None] * w


def winners(y, delta=0.4):
    """1 for the largest of each row, -delta for the second largest."""
    order = np.argsort(-y, axis=1)
    g = np.zeros_like(y)
    np.put_along_axis(g, order[:, :1], 1, axis=1)
    np.put_along_axis(g, order[:, 1:2], -delta, axis=1)
    return g


def krotov(x, y, w):
    change = outer(winners(y), x) - (winners(y) * y).mean(axis=0)[:, None] * w
    return change / np.abs(change).max()


def lpl(z, predictive_error, views=1, hebbian=1, decorrelation=10, epsilon=1e-4):
    """Minus the error of latent predictive learning for samples of one view, times their number."""
    samples, neurons = z.shape
    centred, variance = z - z.mean(axis=0), z.var(axis=0, ddof=1)
    covariance = np.cov(z.T)
    np.fill_diagonal(covariance, 0)
    error = 2 / (neurons * samples) * predictive_error
    error -= 2 / views * hebbian / (neurons * (samples - 1)) * centred / (variance + epsilon)
    error += (4 / views * decorrelation / ((samples - 1) * neurons * (neurons - 1))
              * centred @ covariance)
    return -error


def lpl_symmetric(x, y, w):
    half = len(y) // 2
    a, b = y[:half], y[half:]
    return np.vstack([lpl(a, a - b, 2), lpl(b, b - a, 2)]).T @ x


def lateral(change):
    np.fill_diagonal(change, 0)
    return change


# The change of the weights w, divided by eta, for x (samples x pre) and y (samples x post).
FIRST_CHANGE = {
    "Hebbian": lambda x, y, w: outer(y, x),
    "Covariance": lambda x, y, w: outer(y - y.mean(axis=0), x - x.mean(axis=0)),
    "Oja": lambda x, y, w: outer(y, x) - (y**2).mean(axis=0)[:, None] * w,
    "Sanger": lambda x, y, w: outer(y, x) - np.tril(outer(y, y)) @ w,
    "OjaSubspace": lambda x, y, w: outer(y, x) - outer(y, y) @ w,
    "Bcm": lambda x, y, w: outer(y * (y - 1), x),
    "BcmLawCooper": lambda x, y, w: outer(y * (y - 1), x),
    "Lpl": lambda x, y, w: lpl(y, 0).T @ x,
    "LplSymmetric": lpl_symmetric,
    "DifferentialHebbian": lambda x, y, w: 0 * w,
    "Foldiak": lambda x, y, w: lateral(0.125**2 - outer(y, y)),
    "LinearAntiHebbian": lambda x, y, w: lateral(-outer(y, y)),
    "Instar": decayed,
    "SoftHebb": lambda x, y, w: (outer(softmax(y), x)
                                 - (softmax(y) * y).mean(axis=0)[:, None] * w),
    "KrotovHopfield": krotov,
    "HomeostaticScaling": lambda x, y, w: (1 - y.mean(axis=0))[:, None] / 100 * w,
}


class Rules(unittest.TestCase):
    def test_every_rule_changes_the_weights_as_its_equation_says(self):
        rng = np.random.default_rng(1)
        rules = {name for name, kind in vars(hebb).items()
                 if isinstance(kind, type) and issubclass(kind, hebb.Rule)} - {"Rule"}
        self.assertEqual(rules, set(FIRST_CHANGE))
        for name, change in FIRST_CHANGE.items():
            for dtype in TOLERANCE:
                with self.subTest(rule=name, dtype=dtype.__name__):
                    self.check(name, change, dtype, rng)

    def check(self, name, change, dtype, rng):
        eta = 0.1
        keywords = {"tau": 1} if name == "Covariance" else {}
        rule = getattr(hebb, name)(eta=eta, **keywords)
        is_lateral = name in ("Foldiak", "LinearAntiHebbian")
        state = rule.init(pre=4, post=4 if is_lateral else 3, dtype=dtype)
        y = rng.normal(size=(20, state.weights.shape[0])).astype(dtype)
        x = y if is_lateral else rng.normal(size=(20, 4)).astype(dtype)
        w = 0.5 * rng.normal(size=state.weights.shape).astype(dtype)
        if is_lateral:
            w = lateral(-np.abs(w))
        state.weights = w
        if name.startswith("Lpl"):
            rule.update(x, y, state, gain=np.ones_like(y))
        else:
            rule.update(x, y, state)
        x, y, w = (a.astype(np.float64) for a in (x, y, w))
        expected = w + eta * change(x, y, w)
        if name == "Foldiak":
            expected = np.minimum(expected, 0)
        self.assertEqual(state.weights.dtype, dtype)
        np.testing.assert_allclose(state.weights, expected, rtol=0, atol=TOLERANCE[dtype])

    def test_a_second_call_uses_what_the_first_one_left(self):
        rng = np.random.default_rng(2)
        x, y = rng.normal(size=(2, 5, 3)), rng.normal(size=(2, 5, 2))
        rule = hebb.DifferentialHebbian(eta=0.1)
        state = rule.init(pre=3, post=2)
        rule.update(x[0], y[0], state)
        rule.update(x[1], y[1], state)
        np.testing.assert_allclose(state.weights, 0.1 * outer(y[1] - y[0], x[0]), atol=1e-12)
        rule.forget(state)
        rule.update(x[0, :4], y[0, :4], state)  # another number of samples

        rule = hebb.Bcm(eta=0.1, tau_theta=10)
        state = rule.init(pre=3, post=2)
        rule.update(x[0], y[0], state)
        np.testing.assert_allclose(state.threshold, 1 + ((y[0]**2).mean(axis=0) - 1) / 10)

    def test_oja_finds_the_first_principal_component(self):
        rng = np.random.default_rng(3)
        mixing = rng.normal(size=(3, 3))
        rule = hebb.Oja(eta=0.005)
        state = rule.init(pre=3, post=1, seed=1)
        for _ in range(5000):
            x = rng.normal(size=(16, 3)) @ mixing
            rule.update(x, x @ state.weights.T, state)
        component = np.linalg.eigh(mixing.T @ mixing)[1][:, -1]
        self.assertGreater(abs(state.weights[0] @ component), 0.999)

    def test_rules_that_have_a_signal_of_their_own_compute_it(self):
        rng = np.random.default_rng(4)
        rule, x = hebb.KrotovHopfield(p=3), rng.normal(size=(6, 4))
        state = rule.init(pre=4, post=3, seed=1)
        w = state.weights
        np.testing.assert_allclose(rule.overlap(x, state), x @ (np.sign(w) * w**2).T, atol=1e-12)
        rule = hebb.Foldiak()
        state = rule.init(pre=2, post=2)
        np.testing.assert_array_equal(rule.respond(np.array([[1.0, -1.0]]), state), [[1, 0]])

    def test_a_state_is_drawn_from_its_seed(self):
        rule = hebb.Oja()
        first = rule.init(pre=100, post=50, seed=1).weights
        np.testing.assert_array_equal(first, rule.init(pre=100, post=50, seed=1).weights)
        self.assertGreater(np.abs(first - rule.init(pre=100, post=50, seed=2).weights).max(), 0.1)
        self.assertAlmostEqual(np.abs(first).max(), 0.1, places=3)


class Arrays(unittest.TestCase):
    def test_memory_order_does_not_change_a_result(self):
        rng = np.random.default_rng(1)
        rule = hebb.Hebbian(eta=1)
        wide = rng.normal(size=(10, 6))
        results = []
        for x in (np.ascontiguousarray(wide[::2, ::2]), wide[::2, ::2],
                  np.asfortranarray(wide[::2, ::2])):
            state = rule.init(pre=3, post=3)
            rule.update(x, x, state)
            results.append(state.weights.copy())
        np.testing.assert_array_equal(results[0], results[1])
        np.testing.assert_array_equal(results[0], results[2])

    def test_weights_are_a_view_and_a_copy_of_a_state_is_independent(self):
        state = hebb.Oja().init(pre=3, post=2)
        weights = state.weights
        other = state.copy()
        weights[...] = 1
        self.assertEqual(state.weights.sum(), 6)
        self.assertEqual(other.weights.sum(), 0)
        del state
        self.assertEqual(weights.sum(), 6)  # a view keeps its state alive

    def test_npz_files_go_both_ways(self):
        with tempfile.TemporaryDirectory() as folder:
            file = f"{folder}/state.npz"
            rule = hebb.Bcm()
            saved = rule.init(pre=3, post=2, seed=1)
            rule.update(np.ones((1, 3)), np.ones((1, 2)), saved)
            saved.save(file)
            arrays = dict(np.load(file))
            np.testing.assert_array_equal(arrays["weights"], saved.weights)
            np.testing.assert_array_equal(arrays["threshold"], saved.threshold)

            arrays["weights"] = np.full((2, 3), 7.0)
            np.savez(file, **arrays)
            loaded = rule.init(pre=3, post=2)
            weights = loaded.weights
            loaded.load(file)
            self.assertEqual(weights.sum(), 42)  # the view from before shows what was loaded
            np.testing.assert_array_equal(loaded.threshold, saved.threshold)

            with self.assertRaisesRegex(hebb.ShapeError, "rule is Bcm.*, the object has Oja"):
                hebb.Oja().init(pre=3, post=2).load(file)
            with self.assertRaisesRegex(hebb.ShapeError, r"weights has the shape \(2, 3\)"):
                rule.init(pre=4, post=2).load(file)
            with self.assertRaisesRegex(hebb.FormatError, "weights holds f8"):
                rule.init(pre=3, post=2, dtype=np.float32).load(file)
            pathlib.Path(file).write_bytes(b"no archive")
            with self.assertRaisesRegex(hebb.FormatError, "state.npz"):
                loaded.load(file)
            self.assertEqual(loaded.weights.sum(), 42)
        with self.assertRaisesRegex(hebb.IoError, "state.npz"):
            loaded.load(file)


class Errors(unittest.TestCase):
    def setUp(self):
        self.rule = hebb.Oja()
        self.state = self.rule.init(pre=3, post=2)
        self.x, self.y = np.ones((5, 3)), np.ones((5, 2))

    def refused(self, error, message, function, *arguments, **keywords):
        with self.assertRaisesRegex(error, message):
            function(*arguments, **keywords)
        self.assertEqual(self.state.weights.sum(), 0)

    def test_parameters(self):
        self.refused(TypeError, r"Oja has no parameter 'etha'; it is Oja\(eta=0.01", hebb.Oja,
                     etha=1)
        self.refused(TypeError, "Oja: eta must be a number, got 'big'", hebb.Oja, eta="big")
        self.refused(TypeError, "rank must be a whole number, got 2.5", hebb.KrotovHopfield,
                     rank=2.5)
        self.refused(hebb.InvalidParameter, "eta must be given, and not be nan", hebb.Oja,
                     eta=np.nan)
        self.refused(hebb.InvalidParameter, "Oja: eta must be finite and > 0, got -1",
                     hebb.Oja(eta=-1).init, pre=3, post=2)
        self.refused(hebb.InvalidParameter, "Triplet: a2_plus must be given", hebb.Triplet)
        self.refused(hebb.ShapeError, "pre and post must be > 0", self.rule.init, pre=3, post=0)
        self.refused(TypeError, "dtype must be float32 or float64, got int64", self.rule.init,
                     pre=3, post=2, dtype=int)
        self.refused(AttributeError, "Oja has no parameter 'tau'", getattr, self.rule, "tau")
        self.assertEqual(hebb.Oja(eta=0.5).eta, 0.5)
        self.assertEqual(repr(hebb.Oja(eta=0.5)), "Oja(eta=0.5, alpha=1, weight_decay=0)")

    def test_samples(self):
        update, x, y, state = self.rule.update, self.x, self.y, self.state
        self.refused(TypeError, "Oja: x must have the type float64, got float32", update,
                     x.astype(np.float32), y, state)
        self.refused(TypeError, "got int64", update, x.astype(int), y, state)
        self.refused(hebb.ShapeError, r"x must be samples x 3, got the shape \(3, 5\)", update,
                     x.T, y, state)
        self.refused(hebb.ShapeError, r"got the shape \(3,\)", update, x[0], y, state)
        self.refused(hebb.ShapeError, "x has 5 samples, y has 4", update, x, y[:4], state)
        self.refused(hebb.ShapeError, "at least one sample", update, x[:0], y[:0], state)
        self.refused(TypeError, "Oja: update takes no gain", update, x, y, state, gain=y)
        y[4, 0] = np.inf
        self.refused(hebb.NonFinite, r"Oja: y\[4, 0\] is inf", update, x, y, state)
        x[3, 1] = np.nan
        self.refused(hebb.NonFinite, r"Oja: x\[3, 1\] is nan", update, x, y, state)

    def test_states(self):
        self.refused(TypeError, "Oja: the state was made by Bcm", self.rule.update, self.x, self.y,
                     hebb.Bcm().init(pre=3, post=2))
        rule = hebb.Lpl()
        self.refused(TypeError, "Lpl: update needs the gain", rule.update, self.x, self.y,
                     rule.init(pre=3, post=2))
        self.refused(hebb.ShapeError, r"weights must have the shape \(2, 3\), got \(3, 2\)",
                     setattr, self.state, "weights", np.zeros((3, 2)))
        self.refused(AttributeError, "no array or method 'threshold'", getattr, self.state,
                     "threshold")
        with self.assertRaisesRegex(hebb.Divergence, "Oja: the weight matrix after step 0"):
            self.rule.update(1e200 * self.x, 1e200 * self.y, self.state)

    def test_errors_are_kinds_of_the_errors_of_python(self):
        for error, kind in ((hebb.ShapeError, ValueError), (hebb.InvalidParameter, ValueError),
                            (hebb.NonFinite, ValueError), (hebb.FormatError, ValueError),
                            (hebb.Divergence, ArithmeticError), (hebb.IoError, OSError),
                            (hebb.InvalidCall, RuntimeError)):
            self.assertTrue(issubclass(error, kind))


def balanced_network(seed):
    """Inhibition learns until the excitatory neurons fire at 8 Hz."""
    network = hebb.SpikingNetwork(dt_ms=0.1, seed=seed)
    source = network.add(hebb.PoissonNeurons(rate_hz=20), 100)
    excitatory = network.add(hebb.CurrentLif(), 80)
    inhibitory = network.add(hebb.CurrentLif(), 20)
    half = hebb.Randomly(probability=0.5)
    network.connect(source, excitatory, half, weight=6, delay_ms=hebb.Uniform(low=1, high=5),
                    rule=hebb.PairStdp(a_plus=0.02, a_minus=0.02, upper=12))
    network.connect(source, inhibitory, half, weight=6)
    network.connect(inhibitory, excitatory, hebb.All(), weight=0, onto="inhibitory",
                    rule=hebb.Inhibitory(eta=0.05, target_hz=8, upper=20))
    return network, network.record_spikes(excitatory)


class Spiking(unittest.TestCase):
    def test_one_seed_gives_the_same_spikes_and_another_seed_others(self):
        runs = []
        for seed in (1, 1, 2):
            network, spikes = balanced_network(seed)
            network.run(500)
            runs.append((spikes.times_ms, spikes.neurons))
        self.assertGreater(len(runs[0][0]), 500)
        np.testing.assert_array_equal(runs[0], runs[1])
        self.assertFalse(np.array_equal(runs[0][0], runs[2][0]))

    def test_inhibition_brings_neurons_to_their_target(self):
        network, spikes = balanced_network(1)
        network.run(20000)
        self.assertLess(abs(spikes.rate_hz(begin_ms=15000) - 8), 1.5)
        self.assertEqual(len(spikes.rates_hz()), 80)

    def test_a_potential_follows_its_equation(self):
        network = hebb.SpikingNetwork(dt_ms=0.1)
        neurons = network.add(hebb.CurrentLif(rest_mv=-70, tau_mem_ms=20), 2)
        network.inject(neurons, [5, 10], begin_ms=2)
        recorded = network.record(neurons, "potential", [0, 1], interval_ms=1)
        network.run(50)
        time = np.maximum(recorded.times_ms - 2, 0)[:, None]
        np.testing.assert_allclose(recorded.samples,
                                   -70 + np.array([5, 10]) * (1 - np.exp(-time / 20)), atol=1e-3)

    def test_rules_change_weights_as_their_equations_say(self):
        # Neuron 0 spikes at 10 ms and, through a relay that always spikes, its target at 15 ms.
        rules = {
            "pair": (hebb.PairStdp(a_plus=0.01, tau_plus_ms=20), 0.01 * np.exp(-5 / 20)),
            "triplet": (hebb.Triplet(**hebb.triplet_parameters["hippocampus_minimal"]),
                        5.3e-3 * np.exp(-5 / 16.8)),
            "inhibitory": (hebb.Inhibitory(eta=0.01, target_hz=5, tau_ms=20),
                           0.01 * (np.exp(-5 / 20) - 2 * 5 * 0.02)),
        }
        for name, (rule, change) in rules.items():
            with self.subTest(rule=name):
                network = hebb.SpikingNetwork(dt_ms=0.1)
                source = network.add(hebb.RecordedNeurons(times_ms=[10, 14], neurons=[0, 1]), 2)
                target = network.add(hebb.DeltaLif(reset_mv=0), 1)
                projection = network.connect(source, target, hebb.All(), weight=0.5, delay_ms=0.1,
                                             rule=rule)
                relay = network.add(hebb.RecordedNeurons(times_ms=[14.9], neurons=[0]), 1)
                network.connect(relay, target, hebb.All(), weight=100, delay_ms=0.1)
                spikes = network.record_spikes(target)
                network.run(30)
                np.testing.assert_allclose(spikes.times_ms, [15.1])
                pre, post = network.connections(projection)
                self.assertEqual((list(pre), list(post)), ([0, 1], [0, 0]))
                np.testing.assert_allclose(network.weights(projection)[0] - 0.5, change, atol=1e-6)

    def test_a_network_is_saved_and_continued(self):
        with tempfile.TemporaryDirectory() as folder:
            network, spikes = balanced_network(1)
            network.run(100)
            network.save(f"{folder}/network.npz")
            network.run(100)
            resumed, resumed_spikes = balanced_network(1)
            resumed.load(f"{folder}/network.npz")
            resumed.run(100)
            later = spikes.times_ms > 100.05
            np.testing.assert_array_equal(spikes.times_ms[later], resumed_spikes.times_ms)
            np.testing.assert_array_equal(spikes.neurons[later], resumed_spikes.neurons)

    def test_ctrl_c_ends_a_run_and_the_network_can_continue(self):
        network, _ = balanced_network(1)
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        timer.start()
        try:
            with self.assertRaises(KeyboardInterrupt):
                network.run(1e5)
        finally:
            timer.join()
            signal.signal(signal.SIGINT, before)
        time_ms = network.time_ms
        self.assertLess(time_ms, 1e5)
        network.run(1)
        self.assertAlmostEqual(network.time_ms, time_ms + 1)

    def test_errors(self):
        network = hebb.SpikingNetwork()
        neurons = network.add(hebb.AdEx(), 3, name="cells")
        with self.assertRaisesRegex(hebb.InvalidParameter, "has no variable voltage"):
            network.values(neurons, "voltage")
        with self.assertRaisesRegex(hebb.InvalidParameter, "network"):
            hebb.SpikingNetwork().record_spikes(neurons)
        with self.assertRaisesRegex(hebb.ShapeError, "there are 2 values for 9"):
            network.connect(neurons, neurons, hebb.All(), weight=[1, 2])
        with self.assertRaisesRegex(hebb.InvalidParameter, "receptor"):
            network.connect(neurons, neurons, hebb.All(), onto="gaba")
        with self.assertRaisesRegex(TypeError, "weight must be a number, an array"):
            network.connect(neurons, neurons, hebb.All(), weight="big")
        network.run(1)
        with self.assertRaisesRegex(hebb.InvalidCall, "before the first step"):
            network.add(hebb.AdEx(), 3)


class Vision(unittest.TestCase):
    def setUp(self):
        self.rng = np.random.default_rng(1)
        self.rule = hebb.LplAdam(eta=1e-3)

    def views(self, shape):
        return self.rng.normal(size=shape).astype(np.float32)

    @unittest.skipUnless(torch, "PyTorch is not installed")
    def test_a_dense_layer_responds_as_that_of_pytorch(self):
        layer = hebb.Dense(self.rule, pre=30, post=20, seed=1)
        x = self.views((16, 30))
        weights = torch.from_numpy(layer.weights.copy())
        expected = torch.relu(torch.nn.functional.linear(torch.from_numpy(x), weights[:, :-1],
                                                         weights[:, -1]))
        np.testing.assert_allclose(layer.forward(x), expected.numpy(), rtol=0, atol=1e-6)

    @unittest.skipUnless(torch, "PyTorch is not installed")
    def test_the_stack_responds_as_that_of_pytorch(self):
        stack = hebb.VisionStack(self.rule, height=20, width=24, channels_in=3, seed=1)
        images = self.views((4, 20, 24, 3))
        stack.forward(images)
        maps = torch.from_numpy(images).permute(0, 3, 1, 2).double()
        for layer, response in enumerate(stack.responses()):
            weights = torch.from_numpy(stack.weights(layer).astype(np.float64))
            kernels = weights[:, :-1].reshape(len(weights), 3, 3, -1).permute(0, 3, 1, 2)
            maps = torch.nn.functional.max_pool2d(
                torch.relu(torch.conv2d(maps, kernels, weights[:, -1], padding=1)), 2)
            expected = maps.mean(dim=(2, 3)).numpy()
            np.testing.assert_allclose(response, expected, rtol=0, atol=1e-6 * expected.max())

    def test_learning_from_two_views_changes_every_layer_and_repeats(self):
        images = self.views((8, 16, 16))
        runs = []
        for _ in range(2):
            stack = hebb.VisionStack(self.rule, height=16, width=16, channels=[4, 4, 8, 8], seed=1)
            before = [stack.weights(layer).copy() for layer in range(4)]
            stack.train(images, images + 0.1)
            self.assertEqual(stack.step, 1)
            for layer in range(4):
                self.assertGreater(np.abs(stack.weights(layer) - before[layer]).max(), 1e-4)
            runs.append(stack.forward(images))
        np.testing.assert_array_equal(runs[0], runs[1])

    def test_a_stack_is_saved_and_loaded(self):
        images = self.views((8, 16, 16))
        make = lambda: hebb.VisionStack(self.rule, height=16, width=16, seed=1)
        stack, other = make(), make()
        stack.train(images, images[::-1].copy())
        with tempfile.TemporaryDirectory() as folder:
            stack.save(f"{folder}/stack.npz")
            np.savez(f"{folder}/numpy.npz", **np.load(f"{folder}/stack.npz"))
            other.load(f"{folder}/numpy.npz")
        stack.train(images, images)
        other.train(images, images)
        np.testing.assert_array_equal(stack.forward(images), other.forward(images))

    def test_errors(self):
        stack = hebb.VisionStack(self.rule, height=16, width=16)
        with self.assertRaisesRegex(TypeError, "images must have the type float32, got float64"):
            stack.forward(np.zeros((2, 16, 16)))
        with self.assertRaisesRegex(hebb.ShapeError, r"images x 16 x 16 x 1, got the shape \(16"):
            stack.forward(self.views((16, 16)))
        with self.assertRaisesRegex(hebb.ShapeError, "view1 has 2 images, view2 has 3"):
            stack.train(self.views((2, 16, 16)), self.views((3, 16, 16)))


class Readme(unittest.TestCase):
    def test_the_programs_of_the_readme_run(self):
        text = (pathlib.Path(__file__).parent / "README.md").read_text()
        programs = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
        self.assertGreaterEqual(len(programs), 3)
        for program in programs:
            with self.subTest(program=program.splitlines()[0]):
                with contextlib.redirect_stdout(io.StringIO()):
                    exec(program, {})


if __name__ == "__main__":
    unittest.main()
