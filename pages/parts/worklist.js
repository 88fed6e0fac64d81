// A worklist: groups of lines, each line one target. Draws what pages/parts/worklist.py says, texts only as text.

const element = (name, text, attributes = {}) => {
  const node = document.createElement(name);
  node.textContent = text ?? "";
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};

const cellOf = (column, line, colours) => {
  const text = line.cells[column.name] ?? "";
  const cell = element("td", "", { role: "cell", class: column.look });
  if (column.look === "opens") {
    cell.append(element("button", text, { type: "button" }));
    return cell;
  }
  if (column.look === "picture") {
    if (text.startsWith("data:image/svg+xml;utf8,")) cell.append(element("img", "", { src: text, alt: "" }));
    return cell;
  }
  if (column.look === "marked") {
    const shape = { late: "▲", soon: "◆", later: "●" }[line.mark];
    if (shape) cell.append(element("span", shape, { class: "mark", "aria-hidden": "true", style: `color: ${colours[line.mark]}` }));
  }
  cell.append(text);
  return cell;
};

const draw = (root, data) => {
  const table = element("table", "", { role: "table", "aria-label": data.label });
  const head = element("tr", "", { role: "row" });
  head.append(...data.columns.map(column => element("th", column.label, { role: "columnheader", scope: "col" })));
  const thead = element("thead", "", { role: "rowgroup" });
  thead.append(head);
  table.append(thead);
  data.groups.forEach((group, place) => {
    const body = element("tbody", "", { role: "rowgroup" });
    if (group.title) {
      const title = element("th", group.title, { role: "rowheader", scope: "rowgroup", colspan: data.columns.length });
      if (group.action) title.append(element("button", group.action, { type: "button", "data-group": place }));
      const row = element("tr", "", { role: "row" });
      row.append(title);
      body.append(row);
    }
    for (const line of group.lines) {
      const row = element("tr", "", { role: "row", class: "line", "data-id": line.id });
      row.append(...data.columns.map(column => cellOf(column, line, data.colours)));
      body.append(row);
    }
    table.append(body);
  });
  root.replaceChildren();
  if (data.search) root.append(element("input", "", { type: "search", placeholder: data.search, "aria-label": data.search }));
  const nothing = element("p", data.nothing, { role: "status" });
  nothing.hidden = true;
  root.append(table, nothing);
};

const search = root => {
  const wanted = root.querySelector("input").value.trim().toLowerCase();
  for (const body of root.querySelectorAll("tbody")) {
    for (const row of body.querySelectorAll(".line")) row.hidden = !row.querySelector("button").textContent.toLowerCase().includes(wanted);
    body.hidden = !body.querySelector(".line:not([hidden])");
  }
  root.querySelector("p").hidden = Boolean(root.querySelector(".line:not([hidden])"));
};

// The worklist answers to the keys wherever on the page the reader is, unless they write or a drawer is open.
const follow = (root, event) => {
  const target = event.composedPath()[0];
  const isWriting = target.matches?.("input, textarea, select, [contenteditable], [role=combobox]");
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("[role=dialog]")) return;
  if (isWriting && !(target === root.querySelector("input") && event.key === "ArrowDown")) return;
  if (event.key === "/" && root.querySelector("input")) {
    event.preventDefault();
    root.querySelector("input").focus();
  }
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  const buttons = [...root.querySelectorAll(".line:not([hidden]) button")];
  const place = buttons.indexOf(root.getRootNode().activeElement);
  if (!step || !buttons.length || (place < 0 && event.key.startsWith("Arrow") && !isWriting)) return;
  event.preventDefault();
  buttons[Math.min(Math.max(place + step, 0), buttons.length - 1)].focus();
};

// The drawer keeps the focus until it is gone.
const focusAfterDrawer = (root, id) => {
  if (document.querySelector("[role=dialog]")) requestAnimationFrame(() => focusAfterDrawer(root, id));
  else root.querySelector(`[data-id="${CSS.escape(id)}"] button`)?.focus();
};

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".worklist");
  const written = JSON.stringify({ ...data, opened: null });
  if (root.dataset.written !== written) {
    const focused = root.querySelector(":focus")?.closest(".line")?.dataset.id;
    const words = root.querySelector("input")?.value;
    draw(root, data);
    root.dataset.written = written;
    if (words) {
      root.querySelector("input").value = words;
      search(root);
    }
    if (focused) root.querySelector(`[data-id="${CSS.escape(focused)}"] button`)?.focus();
  }
  const lines = [...root.querySelectorAll(".line")];
  lines.forEach(line => line.classList.toggle("opened", line.dataset.id === String(data.opened)));
  if (root.dataset.opened && data.opened === null) {
    focusAfterDrawer(root, root.dataset.opened);
  }
  root.dataset.opened = data.opened ?? "";
  root.onclick = event => {
    const group = event.target.closest("[data-group]");
    const line = event.target.closest(".line");
    if (group) setTriggerValue("acted", Number(group.dataset.group));
    else if (line && !String(getSelection())) setTriggerValue("chosen", line.dataset.id);
  };
  root.oninput = () => search(root);
  // Streamlit calls this again for each answer and takes away what was before only when the list goes.
  root.keys?.abort();
  root.keys = new AbortController();
  document.addEventListener("keydown", event => follow(root, event), { signal: root.keys.signal });
  return () => root.keys.abort();
}
