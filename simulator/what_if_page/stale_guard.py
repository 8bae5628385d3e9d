"""A watch in the browser: numbers that are not those of the controls are greyed, even when the server is gone.

The process behind a page may have ended (idle, stopped, a lost connection) while its sliders still move. The page
alone can notice that, so this is the one piece of it that runs in the browser. It also keeps the settings in the
page's address, and says when the page is there, so that no calendar runs before it is.
"""

from typing import Final

SILENT_SECONDS: Final = 5

SCRIPT: Final = """<script>
(() => {
  if (window.whatIfGuard) { window.clearInterval(window.whatIfGuard); }
  let since = null;
  const plain = (text) => text.replaceAll("\u00a0", " ");
  const differs = (of) => {
    for (const [name, value] of Object.entries(of.sliders)) {
      const handle = document.querySelector(`.wi-slider-${name} .noUi-handle`);
      // The handle states one decimal.
      if (handle && Math.abs(parseFloat(handle.getAttribute("aria-valuenow")) - value) > 0.06) { return true; }
    }
    for (const [name, text] of Object.entries(of.choices)) {
      const list = document.querySelector(`.wi-${name} select`);
      if (list && list.selectedIndex >= 0 && plain(list.options[list.selectedIndex].textContent) !== plain(text)) {
        return true;
      }
    }
    return false;
  };
  window.whatIfGuard = window.setInterval(() => {
    const opened = document.querySelector("button.wi-opened");
    if (opened && !opened.dataset.pressed) {
      opened.dataset.pressed = "yes";
      opened.click();
    }
    const page = document.querySelector(".wi-page");
    const mark = document.querySelector(".wi-setting");
    const link = document.querySelector(".wi-link");
    // In an editor of notebooks the address is the editor's.
    const editor = document.querySelector(".jp-NotebookPanel, #jp-main-dock-panel");
    if (link && !editor && link.search !== window.location.search) {
      window.history.replaceState(null, "", link.getAttribute("href"));
    }
    if (!page || !mark) { return; }
    const waiting = differs(JSON.parse(mark.dataset.setting));
    since = waiting ? (since ?? Date.now()) : null;
    page.classList.toggle("wi-waiting", waiting);
    page.classList.toggle("wi-silent", waiting && Date.now() - since > SILENT_MS);
  }, 200);
})();
</script>""".replace("SILENT_MS", str(1000 * SILENT_SECONDS))
