"""Take the pictures of the README: the demo's proposal, as a page and as a pull request; its site.

    make demo && .venv/bin/python docs/pictures.py

Needs a Chromium on this machine. All pictures in it are synthetic.
"""

import shutil
from pathlib import Path

from markdown_it import MarkdownIt
from playwright.sync_api import sync_playwright

DOCS = Path(__file__).parent
PAGES = DOCS.parent / ".demo" / "collection" / ".proposals"
SITE = DOCS.parent / ".demo" / "site"
# The measures and colours of GitHub's own page.
STYLE = """
body { margin: 0; padding: 24px 32px; width: 912px; box-sizing: border-box; color: #1f2328;
  font: 16px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
h1, h2 { border-bottom: 1px solid #d1d9e0b3; padding-bottom: .3em; line-height: 1.25; }
h1 { font-size: 2em; } h2 { font-size: 1.5em; margin-top: 24px; } img { max-width: 100%; }
table { border-collapse: collapse; display: block; overflow: auto; }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px; } tr:nth-child(2n) { background: #f6f8fa; }
code { background: #818b981f; border-radius: 6px; padding: .2em .4em;
  font: 85% ui-monospace, monospace; }
blockquote { border-left: .25em solid #d1d9e0; color: #59636e; margin: 0 0 16px; padding: 0 1em; }
a { color: #0969da; text-decoration: none; }
"""

# Pictures further down are fetched when somebody scrolls there.
DRAWN = """[...document.images].every((one) =>
  one.complete || one.getBoundingClientRect().top > innerHeight)"""


def main() -> None:
    """Write `docs/proposal.png`, `docs/body.png` and `docs/site.png`."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    words = MarkdownIt("gfm-like", {"html": True}).render((PAGES / "body.md").read_text("utf-8"))
    words = words.replace("<li>[ ]", '<li><input type="checkbox">')
    page = PAGES / "body.html"
    page.write_text(f"<!doctype html><style>{STYLE}</style>{words}", encoding="utf-8")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium)
        for address, target, width, height in (
            ((PAGES / "index.html").as_uri(), "proposal.png", 1100, 1500),
            (page.as_uri(), "body.png", 912, 1200),
            (f"{(SITE / 'catalogue' / 'index.html').as_uri()}#view=PA", "site.png", 1100, 860),
        ):
            tab = browser.new_page(viewport={"width": width, "height": height})
            tab.goto(address)
            tab.wait_for_load_state("networkidle")
            tab.wait_for_function(DRAWN)
            tab.screenshot(path=DOCS / target)
        browser.close()
    page.unlink()


if __name__ == "__main__":
    main()
