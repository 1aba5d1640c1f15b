#!/usr/bin/env python3
"""Seeds faults into the rule headers, one at a time, and counts how many of them the tests notice.

A fault replaces one operator, constant or name of the code, or removes one statement. A fault that
does not compile is not counted. A fault that no test of its header notices has survived and is
printed with its line. Faults that change no result, or a default that the library chose freely, are
listed in equivalent.txt beside this script, with the reason.

The last line reads `mutants: K killed of N`, where N leaves out the argued ones.
"""
import argparse
import concurrent.futures
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["-std=c++20", "-O0", "-w", "-fopenmp", "-DEIGEN_DONT_PARALLELIZE", f'-DHEBB_ROOT="{ROOT}"']

# What is replaced, and by what. Where a pattern has several replacements one is drawn.
REPLACEMENTS = [
    (r" \+ ", [" - "]),
    (r" - ", [" + "]),
    (r" \* ", [" / ", " + "]),
    (r" / ", [" * "]),
    (r" \+= ", [" -= ", " = "]),
    (r" -= ", [" += "]),
    (r" \*= ", [" /= "]),
    (r" < ", [" <= ", " > "]),
    (r" <= ", [" < "]),
    (r" > ", [" >= ", " < "]),
    (r" >= ", [" > "]),
    (r" == ", [" != "]),
    (r" && ", [" || "]),
    (r" \|\| ", [" && "]),
    (r"\bstd::max\b", ["std::min"]),
    (r"\bstd::min\b", ["std::max"]),
    (r"\bcwiseMax\b", ["cwiseMin"]),
    (r"\bcwiseAbs2\b", ["cwiseAbs"]),
    (r"\.square\(\)", [".abs()"]),
    (r"\.sum\(\)", [".mean()"]),
    (r"\.transpose\(\)", [".transpose().eval() * 2"]),
    (r"\btrue\b", ["false"]),
    (r"\bfalse\b", ["true"]),
    (r"\bpre\b", ["post"]),
    (r"\bplus\b", ["minus"]),
    (r"(?<![\w.\[(])\d+\.\d+(e-?\d+)?(?![\w.])", ["*2", "*1.01"]),
    (r"(?<![\w.{\[(])\d+(?![\w.])", ["+1", "*2"]),
]
STATEMENT = re.compile(r"^    [\w.()\[\]:>-]+ ?[-+*/]?= .*;$|^    [\w.]+\(.*\);$")


NO_CODE = re.compile(
    r"\s*(#|///|\*|template|namespace|using|struct|class|concept|static_assert|friend|\")"
)


class Mutant:
    def __init__(self, header, line, before, after):
        self.header, self.line, self.before, self.after = header, line, before, after

    def __str__(self):
        after = self.after.strip() or "(removed)"
        return f"{self.header}:{self.line + 1}: {self.before.strip()}  ->  {after}"


def code_lines(text):
    """Numbers of the lines that hold code to mutate: no comments, messages or declarations."""
    for number, line in enumerate(text.splitlines()):
        bare = line.split("//")[0]
        if not bare.strip() or NO_CODE.match(bare):
            continue
        if "require" in bare or '"' in bare or "enum" in bare:
            continue
        yield number


def mutants_of(path, header):
    text = path.read_text()
    lines = text.splitlines()
    for number in code_lines(text):
        code, comment = (lines[number].split("//", 1) + [""])[:2]
        for pattern, replacements in REPLACEMENTS:
            for match in re.finditer(pattern, code):
                for new in replacements:
                    old = match.group(0)
                    if new[0] in "*+" and old.strip()[0].isdigit():
                        value = float(old) if "." in old or "e" in old else int(old)
                        if new == "+1":
                            value += 1
                        else:
                            value *= float(new[1:]) if "." in new else 2
                        new = repr(value)
                        if float(new) == float(old):
                            continue
                    before = code[: match.start() + 3][-9:]
                    in_type = re.search(r"\bconst\b|\btemplate\b|auto\*", before)
                    if old in (" * ", " < ", " > ") and in_type:
                        continue
                    after = code[: match.start()] + new + code[match.end() :]
                    yield Mutant(header, number, lines[number], after)
        if STATEMENT.match(lines[number]) and number + 1 < len(lines):
            yield Mutant(header, number, lines[number], "")


def tests_of(header):
    """The tests that check the rules of a header, those that compile fastest first."""
    name, spiking = Path(header).stem, "spiking" in header
    folder = "spiking" if spiking else "rules"
    candidates = [f"{folder}/{name}_test.cpp", f"{folder}/lpl/{name}_test.cpp"]
    if spiking:
        candidates += ["spiking/published_defaults_test.cpp", "oracle/spiking_test.cpp"]
        candidates += ["spiking/parameters_test.cpp", "spiking/laws_double_test.cpp"]
    else:
        candidates += ["oracle/layers_test.cpp" if name == "lpl" else "oracle/rules_test.cpp"]
        families = ("hebbian", "components", "competition", "homeostasis", "lpl")
        candidates += [f"rules/laws_{family}_test.cpp" for family in families]
    return [f for f in candidates if (ROOT / "tests" / f).exists()]


def run(command, cwd, seconds):
    process = subprocess.Popen(
        command,
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HEBB_ORACLE_CONFIGURATIONS": "20"},
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()
        return 124


class Bench:
    """A copy of the headers per worker, and what all compilations share."""

    def __init__(self, scratch, compiler, sanitizers):
        self.scratch, self.compiler = scratch, compiler
        self.flags = FLAGS + ([f"-fsanitize={sanitizers}"] if sanitizers else [])
        self.sound, self.checking = set(), threading.Lock()
        self.includes = self.packages("--cflags", "eigen3", "libzip", "zlib", "libpng")
        self.libraries = self.packages("--libs", "libzip", "zlib", "libpng")
        (scratch / "all.hpp").write_text("#include <Eigen/Core>\n#include <doctest/doctest.h>\n")
        self.compile("-x", "c++-header", "all.hpp")
        self.compile("-c", str(ROOT / "tests/main.cpp"), "-o", "main.o")

    @staticmethod
    def packages(*arguments):
        command = ["pkg-config", *arguments]
        return subprocess.run(command, check=True, text=True, capture_output=True).stdout.split()

    def compile(self, *arguments):
        command = [self.compiler, *self.flags, *self.includes, *arguments]
        subprocess.run(command, cwd=self.scratch, check=True)

    def outcome(self, test, headers):
        """'unnoticed', 'noticed', or 'does not compile'."""
        program = headers.parent / "test"
        command = [self.compiler, *self.flags, "-include", str(self.scratch / "all.hpp")]
        command += [f"-I{headers}", f"-I{ROOT}", f"-I{ROOT}/examples", *self.includes]
        command += [str(ROOT / "tests" / test), str(self.scratch / "main.o")]
        command += ["-o", str(program), *self.libraries]
        if run(command, ROOT, 600) != 0:
            return "does not compile"
        status = run([str(program), "--no-intro", "--abort-after=1"], ROOT / "tests", 300)
        return "unnoticed" if status == 0 else "noticed"

    def check(self, test):
        """A test that notices a mutant must pass without one. Called when it first notices one."""
        with self.checking:
            if test in self.sound:
                return
            folder = self.scratch / "unmutated"
            folder.mkdir(exist_ok=True)
            if not (folder / "include").exists():
                shutil.copytree(ROOT / "include", folder / "include")
            if self.outcome(test, folder / "include") != "unnoticed":
                sys.exit(f"mutants: tests/{test} fails without a mutant")
            self.sound.add(test)


def judge(bench, mutant, worker):
    headers = worker / "include"
    target = headers / mutant.header
    original = (ROOT / "include" / mutant.header).read_text()
    lines = original.splitlines()
    lines[mutant.line] = mutant.after
    target.write_text("\n".join(lines) + "\n")
    compiled = False
    try:
        for test in tests_of(mutant.header):
            outcome = bench.outcome(test, headers)
            if outcome == "noticed":
                bench.check(test)
                return "killed"
            if outcome == "does not compile" and not compiled:
                return "does not compile"
            compiled = True
        return "survived" if compiled else "does not compile"
    finally:
        target.write_text(original)


def argued(mutant, equivalent):
    before, after = (code.split("//")[0].strip() for code in (mutant.before, mutant.after))
    return f"{mutant.header}: {before} -> {after}" in equivalent


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "headers", nargs="*", help="such as rules/oja.hpp; all rule headers unless given"
    )
    parser.add_argument("--each", type=int, default=8, help="mutants per header")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--begin", type=int, default=1, metavar="K", help="leave out K - 1 mutants")
    parser.add_argument("--end", type=int, metavar="K", help="the last mutant; the number printed")
    parser.add_argument("--compiler", default=os.environ.get("CXX", "g++"))
    parser.add_argument(
        "--sanitize",
        metavar="NAMES",
        help="the sanitizers of the tests, such as address, which sees reads beyond an array",
    )
    options = parser.parse_args()

    base = ROOT / "include/hebb"
    patterns = ("rules/*.hpp", "spiking/rules/*.hpp", "spiking/lpl/spiking_lpl.hpp")
    every_header = sorted(str(p.relative_to(base)) for q in patterns for p in base.glob(q))
    headers = options.headers or every_header
    chosen = []
    for header in headers:
        every = list(mutants_of(base / header, f"hebb/{header}"))
        draw = random.Random(f"{options.seed} {header}")
        chosen += draw.sample(every, min(options.each, len(every)))
    random.Random(options.seed).shuffle(chosen)  # a run that is cut short is then a fair sample
    numbered = list(enumerate(chosen, 1))[options.begin - 1 : options.end]
    listed = ROOT / "tests/mutants/equivalent.txt"
    text = listed.read_text() if listed.exists() else ""
    # An entry is a header, a line of it, its replacement and a reason; long ones are continued.
    entries = text.replace("\n    ", " ").splitlines()
    equivalent = [entry.rsplit(" # ", 1)[0] for entry in entries]

    scratch = Path(tempfile.mkdtemp(prefix="hebb_mutants_"))
    try:
        bench = Bench(scratch, options.compiler, options.sanitize)
        workers = [scratch / f"worker{k}" for k in range(options.jobs)]
        for worker in workers:
            shutil.copytree(ROOT / "include", worker / "include")
        counts = {"killed": 0, "survived": 0, "argued": 0, "does not compile": 0}
        free = list(workers)

        def work(numbered_mutant):
            number, mutant = numbered_mutant
            worker = free.pop()
            try:
                return number, mutant, judge(bench, mutant, worker)
            finally:
                free.append(worker)

        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for number, mutant, outcome in pool.map(work, numbered):
                if outcome == "survived" and argued(mutant, equivalent):
                    outcome = "argued"
                counts[outcome] += 1
                print(f"{number} {outcome}: {mutant}", flush=True)
        print(f"{counts['does not compile']} did not compile")
        print(f"{counts['argued']} are argued in equivalent.txt")
        print(f"mutants: {counts['killed']} killed of {counts['killed'] + counts['survived']}")
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
