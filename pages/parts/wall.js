// A screen on the wall asks again every ten seconds. What does not come is said, and what stands there turns grey.
const EVERY = 10_000, LONGEST_ANSWER = 8_000, OLD = 30_000;
const notice = document.getElementById("no-answer"), text = notice?.textContent ?? "";
let answeredAt = Date.now(), clock = document.querySelector("main").dataset.clock;

async function look() {
  try {
    const answer = await fetch(location.href, {cache: "no-store", signal: AbortSignal.timeout(LONGEST_ANSWER)});
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.status >= 500 || !page.querySelector("main")) throw new Error("no page");
    document.querySelector("main").replaceWith(page.querySelector("main"));
    document.querySelector("style").replaceWith(page.querySelector("style"));
    answeredAt = Date.now();
    clock = document.querySelector("main").dataset.clock;
  } catch {
    // Asked again in ten seconds, for as long as the screen hangs there.
  }
  const isOld = Date.now() - answeredAt > OLD;
  document.body.classList.toggle("stale", isOld);
  if (notice) {
    notice.hidden = !isOld;
    notice.textContent = text.replace("{time}", clock);
  }
}

setInterval(look, EVERY);
