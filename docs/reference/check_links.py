"""Fails if a page of a site links to a file or an anchor that is not there: check_links.py HTML

Links to other sites are not followed.
"""
import re
import sys
from pathlib import Path
from urllib.parse import unquote

LINK = re.compile(r"""<[a-z][^>]*?\s(?:href|src)=["']([^"']*)["']""")
ANCHOR = re.compile(r"""\s(?:id|name)=["']([^"']+)["']""")


def main():
    root = Path(sys.argv[1]).resolve()
    pages = {page: page.read_text(encoding="utf-8") for page in sorted(root.glob("**/*.html"))}
    anchors = {page: set(ANCHOR.findall(text)) for page, text in pages.items()}
    links = {(page, link.replace("&amp;", "&")) for page, text in pages.items()
             for link in LINK.findall(text)}
    dead = []
    for page, link in sorted(links):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, name = link.partition("#")
        target = (page.parent / unquote(path)).resolve() if path else page
        if not target.is_relative_to(root) or not target.exists():
            dead.append(f"{page.relative_to(root)}: no such file: {link}")
        elif name and target in anchors and unquote(name) not in anchors[target]:
            dead.append(f"{page.relative_to(root)}: no such anchor: {link}")
    print("\n".join(dead + [f"{len(pages)} pages, {len(links)} links, {len(dead)} dead"]))
    return 1 if dead or not links else 0


sys.exit(main())
