// Loaded before Streamlit's own scripts, from plain_pages.py.

// The app lies at the root. By itself Streamlit looks below the page's address first, in vain.
window.__streamlit = { BACKEND_BASE_URL: window.location.origin + "/" };

// One action of the reader makes one entry in the browser's history, with the filters in its address. By itself Streamlit
// makes three for a change of page: it empties the address of the page that is left, opens the next one, and then fills
// its address. Back would find pages without their filters, and the front page's address, which leads on, for ever.
(() => {
  const push = history.pushState.bind(history);
  const replace = history.replaceState.bind(history);
  const HELD_BACK_MS = 300; // Streamlit sends what belongs together within a few milliseconds.
  let belongsToLastEntry = true;
  let heldBack = null;
  let timer = null;

  const forget = () => {
    clearTimeout(timer);
    heldBack = null;
  };
  const write = url => {
    (belongsToLastEntry ? replace : push)({}, "", url);
    belongsToLastEntry = true;
  };
  history.pushState = (_state, _title, address) => {
    const next = new URL(address, window.location.href);
    if (next.pathname === window.location.pathname) {
      forget();
      if (belongsToLastEntry) {
        write(next);
      } else {
        heldBack = next;
        timer = setTimeout(() => {
          forget();
          write(next);
        }, HELD_BACK_MS);
      }
      return;
    }
    // What was held back was meant for the page that opens now; an emptied address empties that of the next page.
    if (heldBack) next.search = heldBack.search;
    forget();
    belongsToLastEntry = window.location.pathname === "/";
    write(next);
  };
  const startsSomething = () => {
    belongsToLastEntry = false;
  };
  addEventListener("pointerdown", startsSomething, true);
  addEventListener("keydown", startsSomething, true);
  addEventListener("popstate", () => {
    forget();
    belongsToLastEntry = true;
  }, true);
})();

// Whoever opens the field that finds customers wants to write into it. Streamlit draws it a few frames after the press.
(() => {
  const FRAMES_TO_WAIT = 30;
  addEventListener("click", event => {
    if (!event.target.closest?.(".st-key-finding button")) return;
    let left = FRAMES_TO_WAIT;
    const look = () => {
      const field = document.querySelector(".st-key-search_text input");
      if (field) field.focus();
      else if (--left) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
})();

// What "Copy link" copies is the address of what is shown, without the language: whoever follows it reads their own.
(() => {
  const SAID_FOR_MS = 2000;
  const copy = async text => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    // Without TLS a browser gives no clipboard; a field that is selected can be copied all the same.
    const field = document.body.appendChild(document.createElement("textarea"));
    field.value = text;
    field.select();
    document.execCommand("copy");
    field.remove();
  };
  addEventListener("click", async event => {
    const button = event.target.closest?.(".svartid-link");
    if (!button || button.dataset.label) return;
    const here = new URL(window.location.href);
    here.searchParams.delete("lang");
    await copy(here.href);
    button.dataset.label = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => {
      button.textContent = button.dataset.label;
      delete button.dataset.label;
    }, SAID_FOR_MS);
  });
})();

// Tables and charts are drawn for the screen's width and would be cut off on paper: there all is as much smaller.
(() => {
  const PAPER_WIDTH = 1046; // of 297 by 210 mm without margins, in CSS pixels
  addEventListener("beforeprint", () => {
    const drawn = document.querySelectorAll(".stDataFrame, .stVegaLiteChart, .stBidiComponent");
    const widest = Math.max(PAPER_WIDTH, ...[...drawn].map(element => element.offsetWidth));
    document.documentElement.style.setProperty("--zoom-on-paper", PAPER_WIDTH / widest);
  });
})();
