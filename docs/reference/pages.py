"""A filter that doxygen puts before every page of the documentation: pages.py PAGE

Headings get names that are unique in the reference, and links lead to pages and headings of the
reference. What a page links to that is no part of the reference is copied beside its pages.
build.py sets the environment.
"""
import os
import re
import shutil
import sys
from pathlib import Path

DEFINITION = r"^\[([^\]]+)\]: (\S+)$"  # [name]: target
# [words](target), [words][name] or [name]
LINK = r"(?<!\w)\[([^\]\[]+)\](?:\(([^)\s]+)\)|\[([^\]]+)\])?(?![(\w])"


def page_name(page):
    """The name of a page: docs/rules.md is docs_rules, README.md is the main page."""
    return "index" if page == "README.md" else re.sub(r"\W", "_", page.removesuffix(".md"))


def anchor(page, heading):
    """The name of a heading, from its text or from the anchor that other viewers give it."""
    return page_name(page) + "_" + re.sub(r"[ -]", "_", re.sub(r"[^\w -]", "", heading.lower()))


def copy(source, target):
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)


def resolve(link, page, root, html):
    """Where a link of a page leads in the reference."""
    if "://" in link or link.startswith("mailto:"):
        return link
    path, _, heading = link.partition("#")
    target = (root / page).parent / path if path else root / page
    name = target.resolve().relative_to(root).as_posix()
    if name.endswith(".md"):
        return "@ref " + (anchor(name, heading) if heading else page_name(name))
    if name.startswith("include/"):
        return f"@ref {root / name}"
    copy(target, html / name)
    return name


def convert_links(text, named, page, root, html):
    """The text of a page, outside of its blocks of code, with the links of the reference."""
    def link(match):
        words, target = match[1], match[2] or named.get(match[3] or match[1])
        if target is None:
            return match[0]
        target = resolve(target, page, root, html)
        if target.startswith("@ref"):  # its words are no Markdown
            words = words.replace("`", "").replace("\n", " ")
        return f"[{words}]({target})"
    text = re.sub(DEFINITION, "", text, flags=re.MULTILINE)
    return re.sub(LINK, link, text)


def convert(text, page, root, html):
    """The text of a page as doxygen is to read it."""
    named = dict(re.findall(DEFINITION, text, re.MULTILINE))
    parts = re.split(r"(^ *```.*?^ *```$)", text, flags=re.MULTILINE | re.DOTALL)
    for i in range(0, len(parts), 2):  # the others are blocks of code
        parts[i] = convert_links(parts[i], named, page, root, html)
        parts[i] = re.sub(r"^##+ (.*)$", lambda m: f"{m[0]} {{#{anchor(page, m[1])}}}", parts[i],
                          flags=re.MULTILINE)
    text = "".join(parts)
    name = page_name(page)
    return text if name == "index" else re.sub(r"^# .*", lambda m: f"{m[0]} {{#{name}}}", text,
                                               count=1, flags=re.MULTILINE)


def main():
    root, page = Path.cwd(), Path(sys.argv[1]).resolve()
    html = Path(os.environ["HEBB_REFERENCE"]) / "html"
    sys.stdout.reconfigure(encoding="utf-8")
    print(convert(page.read_text(encoding="utf-8"), page.relative_to(root).as_posix(), root, html))


main()
