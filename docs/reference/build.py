"""Makes the reference of hebb, a site in FOLDER/html: build.py DOXYGEN MATHJAX STYLE VERSION FOLDER

Fails on a warning of doxygen and on a dead link. MATHJAX is the folder of MathJax 2, STYLE a style
sheet or an empty string.
"""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What MathJax needs to draw the formulas of TeX as SVG.
MATHJAX = ["MathJax.js", "extensions", "jax/element", "jax/input/TeX", "jax/output/SVG/jax.js",
           "jax/output/SVG/config.js", "jax/output/SVG/autoload", "jax/output/SVG/fonts/TeX"]
# What may go without a comment: an arithmetic operator or a comparison, and the members of types in
# folders that are still to be done.
ALLOWED = re.compile(r"Member operator[-+*/=][^ ]*\(.* is not documented")
# Doxygen links to a list of nested types even where all are private, and there is no list.
NESTED = re.compile(r'<a href="#nested-classes">[^<]*</a> &#124;\s*')


def warnings_of(doxygen, style, version, folder):
    environment = dict(os.environ, HEBB_PYTHON=sys.executable, HEBB_REFERENCE=str(folder),
                       HEBB_STYLE=style, HEBB_VERSION=version,
                       HEBB_MAIN_PAGE=str(ROOT / "README.md"))
    subprocess.run([doxygen, "docs/reference/Doxyfile"], cwd=ROOT, env=environment, check=True)
    lines = (folder / "warnings.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not ALLOWED.search(line)]


def main():
    doxygen, mathjax, style, version, folder = sys.argv[1:]
    folder = Path(folder).resolve()
    html = folder / "html"
    shutil.rmtree(html, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    warnings = warnings_of(doxygen, style, version, folder)
    for page in html.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        if 'href="#nested-classes"' in text and 'name="nested-classes"' not in text:
            page.write_text(NESTED.sub("", text), encoding="utf-8")
    for part in MATHJAX:
        source, target = Path(mathjax) / part, html / "mathjax" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)
    print("\n".join(warnings + [f"{len(warnings)} warnings"]), flush=True)
    links = subprocess.run([sys.executable, "-I", ROOT / "docs/reference/check_links.py", html])
    print(f"The reference is {html}/index.html")
    return 1 if warnings or links.returncode else 0


sys.exit(main())
