"""How a browser waits for a page."""

QUIET = """() => new Promise(done => {
  const isRunning = () => !document.querySelector("[data-testid=stApp][data-test-script-state=notRunning]") ||
    document.querySelector("[data-testid=stSkeleton]");
  let timer;
  const wait = () => { clearTimeout(timer); timer = setTimeout(() => isRunning() ? wait() : finish(), 150) };
  const observer = new MutationObserver(wait);
  const finish = () => { observer.disconnect(); done() };
  observer.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  wait();
})"""
"""Wait until the script has run and nothing more is drawn."""
