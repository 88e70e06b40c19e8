"""The page in a real browser; skipped where none is installed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from megaregion.report.document import build_report, write_report

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="module")
def browser() -> str:
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    # a browser is no Python package: .ci/run installs one
    pytest.skip(f"no browser to open the page with: none of {', '.join(BROWSERS)} is installed")


@pytest.fixture(scope="module")
def page(tmp_path_factory, results, cluster, geometry, sources, problems) -> Path:
    document = build_report(results, cluster, geometry, sources, problems, languages=("zh", "en"))
    return write_report(document, tmp_path_factory.mktemp("report"))


def dump(browser: str, page: Path, query: str, probe: str) -> str:
    """Text that a script leaves in <title> after the page has settled."""
    probed = page.with_name(f"probe-{abs(hash((query, probe)))}.html")
    settled = f"async()=>{{await document.fonts.ready;document.title=String({probe});}}"
    script = f"<script>window.addEventListener('load',{settled})</script>"
    probed.write_text(page.read_text(encoding="utf-8").replace("</body>", script + "</body>"), encoding="utf-8")
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={page.parent / 'profile'}",
        "--virtual-time-budget=20000", "--window-size=1200,900", "--dump-dom", f"{probed.as_uri()}{query}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = re.search(r"<title>(.*?)</title>", done.stdout, re.S)
    assert found, done.stdout[:500]
    return found[1]


SHOWN = "Array.from(document.querySelectorAll('main [data-l]')).filter(e=>e.offsetParent!==null).map(e=>e.dataset.l)"


@pytest.mark.parametrize(("query", "language"), [("", "zh"), ("?lang=en", "en"), ("?lang=xx", "zh")])
def test_one_language_at_a_time(browser: str, page: Path, query: str, language: str) -> None:
    assert dump(browser, page, query, f"Array.from(new Set({SHOWN})).join()+' '+document.documentElement.lang") == (
        f"{language} {'zh-Hans' if language == 'zh' else 'en'}"
    )


def test_button_switches_and_is_remembered(browser: str, page: Path) -> None:
    click = (
        "(document.querySelector('button[data-set=en]').click(),"
        f"Array.from(new Set({SHOWN})).join()+' '+localStorage.getItem('megaregion-language')"
        "+' '+document.querySelector('button[data-set=en]').getAttribute('aria-pressed'))"
    )
    assert dump(browser, page, "", click) == "en en true"


def test_figures_load_and_fit(browser: str, page: Path) -> None:
    """Every shown picture has a size, none is wider than its column, the page does not scroll sideways."""
    probe = (
        "(()=>{const all=Array.from(document.images).filter(i=>i.offsetParent!==null);"
        "all.forEach(i=>i.loading='eager');"
        "return all.length+' '+all.filter(i=>i.offsetWidth>i.closest('figure').offsetWidth+1).length"
        "+' '+(document.documentElement.scrollWidth<=window.innerWidth)})()"
    )
    shown, wide, calm = dump(browser, page, "?lang=zh", probe).split()
    assert int(shown) == 14
    assert (wide, calm) == ("0", "true")


def test_chinese_is_set_in_the_font_of_the_page(browser: str, page: Path) -> None:
    """Loaded from inside the page, so that a computer without Chinese fonts shows no boxes."""
    assert (
        dump(browser, page, "", "Array.from(document.fonts).map(f=>f.family.replaceAll('\"','')+' '+f.status).join()")
        == "Report SC loaded"
    )


def test_keyboard_reaches_everything(browser: str, page: Path) -> None:
    """Links, buttons, folded tables and scrolling regions take focus in the order of the page."""
    probe = (
        "(()=>{const f=Array.from(document.querySelectorAll('a[href],button,summary,[tabindex=\"0\"]'))"
        ".filter(e=>e.tabIndex>=0);f[0].focus();"
        "return f.every(e=>e.tabIndex===0)+' '+document.activeElement.className})()"
    )
    assert dump(browser, page, "", probe) == "true skip"
