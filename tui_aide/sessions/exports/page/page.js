"use strict";
(() => {
  const { nodes, lines, tokens, best } = JSON.parse(document.getElementById("data").textContent);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const rows = [...document.querySelectorAll("#rows > .row")];
  const order = rows.map((row) => Number(row.id.slice(4)));
  const detail = document.getElementById("detail");
  const filter = document.getElementById("filter");
  const CONTEXT = 3;
  let now = null;
  let tab = "script";

  // --- building: text only ever becomes text

  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === true) element.setAttribute(key, "");
      else if (value !== false && value != null) element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child != null));
    return element;
  }

  function link(id) {
    return make("a", { href: `#node-${id}` }, `#${id}`);
  }

  function codeLine(index, number, kind) {
    const [text, ...spans] = lines[index];
    const line = make("span", { class: kind ? `l ${kind}` : "l", "data-n": number });
    const letters = /[\ud800-\udfff]/.test(text) ? Array.from(text) : null; // columns count characters
    const part = (from, to) => (letters ? letters.slice(from, to).join("") : text.slice(from, to));
    let at = 0;
    for (let i = 0; i < spans.length; i += 3) {
      if (spans[i] > at) line.append(part(at, spans[i]));
      line.append(make("span", { class: tokens[spans[i + 2]] }, part(spans[i], spans[i + 1])));
      at = spans[i + 1];
    }
    line.append(part(at));
    return line;
  }

  function note(text) {
    return make("p", { class: "note" }, text);
  }

  function script(node) {
    if (!node.script) return note(node.no_script || "");
    const code = make("pre", { class: "code" });
    code.append(...node.script.map((index, at) => codeLine(index, at + 1)));
    const cut = node.script_cut ? note(`${node.script_cut.toLocaleString("en")} more characters were left out.`) : null;
    return make("div", null, code, cut);
  }

  function changes(node) {
    if (!node.parents.length) return note("A draft has no parent to compare with.");
    const parent = byId.get(node.parents[0]);
    if (!node.changes) return note(`One of the two scripts is not here.`);
    if (!node.changes.length) return note(`The same script as that of #${parent.id}.`);
    const code = make("pre", { class: "code" });
    const before = parent.script, after = node.script;
    let done = 0; // lines of the new script that are drawn
    let added = 0, removed = 0;
    const keep = (from, to) => {
      for (let at = Math.max(0, from); at < Math.min(to, after.length); at++) code.append(codeLine(after[at], at + 1));
    };
    for (const [i, j, k, n] of node.changes) {
      const from = Math.max(done, k - CONTEXT);
      if (done && from > done + CONTEXT) {
        keep(done, done + CONTEXT);
        done += CONTEXT;
      }
      const start = done && from <= done + CONTEXT && from - done <= CONTEXT && code.childNodes.length ? done : from;
      const hidden = start > done ? start - done : 0;
      if (hidden) code.append(make("span", { class: "l gap", "data-n": "" }, `${hidden} unchanged ${hidden > 1 ? "lines" : "line"}`));
      keep(start, k);
      for (let at = i; at < j; at++) code.append(codeLine(before[at], "−", "del"));
      for (let at = k; at < n; at++) code.append(codeLine(after[at], "+", "add"));
      removed += j - i;
      added += n - k;
      done = n;
    }
    keep(done, done + CONTEXT);
    const rest = after.length - done - CONTEXT;
    if (rest > 0) code.append(make("span", { class: "l gap", "data-n": "" }, `${rest} unchanged ${rest > 1 ? "lines" : "line"}`));
    return make("div", null, note(`${added} added, ${removed} removed.`), code);
  }

  function output(node) {
    if (!node.output) return note(node.no_output || "");
    const [head, tail, cut] = node.output;
    if (!head.trim() && !cut) return note("The script printed nothing.");
    const text = make("pre", { class: "output" }, head);
    if (cut) text.append(make("span", { class: "cut" }, `${cut.toLocaleString("en")} bytes left out here`), tail);
    return text;
  }

  const PANELS = { script: ["Script", script], changes: ["Changes", changes], output: ["Output", output] };

  function show(id) {
    const node = byId.get(id);
    if (!node) return;
    now = id;
    for (const row of rows) {
      const current = row.id === `row-${id}`;
      row.classList.toggle("now", current);
      if (current) row.setAttribute("aria-selected", "true");
      else row.removeAttribute("aria-selected");
      row.firstElementChild.tabIndex = current ? 0 : -1;
    }
    const row = document.getElementById(`row-${id}`);
    if (row) row.hidden = false;
    reveal(row);
    for (const dot of document.querySelectorAll(".curve a")) {
      dot.classList.toggle("now", dot.getAttribute("href") === `#node-${id}`);
    }
    detail.replaceChildren(...describe(node), tabs(node));
  }

  function reveal(row) { // scrolls the list alone, never the page
    const list = row && row.parentElement;
    if (!list) return;
    const box = list.getBoundingClientRect(), place = row.getBoundingClientRect();
    const seen = box.top < innerHeight - 120 && box.bottom > 120; // else the list is off the screen as a whole
    const top = (seen ? Math.max(box.top, 0) : box.top) + 30;
    const bottom = (seen ? Math.min(box.bottom, innerHeight) : box.bottom) - 30;
    if (place.top >= top && place.bottom <= bottom) return;
    const far = place.bottom < top - 100 || place.top > bottom + 100;
    if (far) list.scrollTop += place.top - top - (bottom - top) / 3;
    else list.scrollTop += place.top < top ? place.top - top : place.bottom - bottom;
  }

  function describe(node) {
    const title = make("h2", null, make("b", { class: node.kind }, node.sign), " ", make("span", { class: "n" }, `#${node.id}`), ` ${node.title}`);
    const lead = make("p", { class: "lead" }, make("b", { class: node.kind }, node.verdict), ` · ${node.made}`);
    node.parents.forEach((parent, at) => lead.append(at ? " and " : " of ", link(parent)));
    if (node.children.length) {
      lead.append(` · ${node.children.length > 1 ? "children" : "child"} `);
      node.children.forEach((child, at) => lead.append(at ? ", " : "", link(child)));
    }
    const facts = make("dl", { class: "facts" });
    for (const [name, value] of node.facts) facts.append(make("div", null, make("dt", null, name), make("dd", null, value)));
    const parts = [title, lead, facts];
    const section = (name, text, kind) => text && parts.push(make("h3", null, name), make("p", { class: kind || "prose" }, text));
    if (node.left_out) parts.push(note(`To keep this file small, its plan, script and output are not here; the session's folder has them in ${node.left_out}`));
    section("What the user asked", node.asked);
    section(node.kind === "bad" ? "What went wrong" : "Note", node.message, node.kind === "bad" ? "wrong" : "");
    section("Plan", node.plan);
    section("Why this node", node.why);
    section("What came of it", node.fate);
    if (node.candidates) parts.push(...candidates(node));
    if (node.steps) {
      const list = make("ol", { class: "steps" });
      for (const [by, name, text] of node.steps) list.append(make("li", null, `${by}: ${name}`, text ? make("p", null, text) : null));
      parts.push(make("details", null, make("summary", null, `Steps of its strategy, ${node.steps.length}`), list));
    }
    return parts;
  }

  function candidates(node) {
    const body = make("tbody");
    for (const [number, verdict, score, why, chosen] of node.candidates) {
      const cells = [`${chosen ? "◉" : "◦"} ${number}`, verdict, score, why].map((text) => make("td", null, text));
      body.append(make("tr", { class: chosen ? "chosen" : null }, ...cells));
    }
    const head = ["candidate", "verdict", "score", "why"].map((text) => make("th", { scope: "col" }, text));
    const table = make("table", null, make("thead", null, make("tr", null, ...head)), body);
    return [make("h3", null, "Candidates"), node.chosen_by ? note(node.chosen_by) : null, table].filter(Boolean);
  }

  function tabs(node) {
    const list = make("div", { role: "tablist", "aria-label": "Script and output" });
    const panels = make("div");
    for (const [key, [name, draw]] of Object.entries(PANELS)) {
      const of = key === "changes" && node.parents.length ? `${name} to #${node.parents[0]}` : name;
      const button = make("button", { type: "button", role: "tab", id: `tab-${key}`, "aria-controls": `panel-${key}` }, of);
      button.addEventListener("click", () => { tab = key; choose(); });
      const panel = make("div", { class: "panel", role: "tabpanel", id: `panel-${key}`, "data-name": of, "aria-labelledby": `tab-${key}` });
      panel.draw = () => { if (!panel.childNodes.length) panel.append(draw(node)); };
      list.append(button);
      panels.append(panel);
    }
    const whole = make("div", { class: "tabs" }, list, panels);
    choose(whole);
    return whole;
  }

  function choose(place = detail) {
    for (const button of place.querySelectorAll('[role="tab"]')) button.setAttribute("aria-selected", String(button.id === `tab-${tab}`));
    for (const panel of place.querySelectorAll(".panel")) {
      panel.hidden = panel.id !== `panel-${tab}`;
      if (!panel.hidden) panel.draw();
    }
  }

  // --- moving: by links, keys and the address, whose hash may hold several words: #node-7,dark,output

  function go(id) {
    if (id == null || !byId.has(id)) return;
    history.replaceState(null, "", `#node-${id}`);
    show(id);
  }

  function follow() {
    let target = null;
    for (const word of decodeURIComponent(location.hash.slice(1)).split(",")) {
      if (word === "dark" || word === "light") document.documentElement.dataset.theme = word;
      else if (word in PANELS) tab = word;
      else if (/^node-\d+$/.test(word)) target = Number(word.slice(5));
    }
    const asked = target != null && byId.has(target);
    show(asked ? target : now ?? best ?? order[0]);
    return asked;
  }

  function step(by) {
    const seen = order.filter((id, at) => !rows[at].hidden);
    const at = seen.indexOf(now);
    go(seen[Math.min(seen.length - 1, Math.max(0, at < 0 ? 0 : at + by))]);
  }

  const KEYS = {
    j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
    h: () => go(byId.get(now)?.parents[0]), ArrowLeft: () => go(byId.get(now)?.parents[0]),
    l: () => go(byId.get(now)?.children[0]), ArrowRight: () => go(byId.get(now)?.children[0]),
    b: () => go(best), Home: () => step(-order.length), End: () => step(order.length),
    1: () => { tab = "script"; choose(); }, 2: () => { tab = "changes"; choose(); }, 3: () => { tab = "output"; choose(); },
    "/": () => { filter.focus(); filter.select(); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === filter) {
      if (event.key === "Escape") { filter.value = ""; sift(); filter.blur(); }
      if (event.key === "Enter") { filter.blur(); step(0); }
      return;
    }
    const inside = event.target.closest && event.target.closest("pre, #detail");
    if (inside && /^(Arrow|Home|End)/.test(event.key)) return; // scrolls what has the focus
    const deed = KEYS[event.key];
    if (deed) { event.preventDefault(); deed(); }
  });
  document.addEventListener("click", (event) => {
    const target = event.target.closest && event.target.closest('a[href^="#node-"]');
    if (!target) return;
    event.preventDefault();
    go(Number(target.getAttribute("href").slice(6)));
    const narrow = matchMedia("(max-width: 860px)").matches;
    if (narrow || !target.closest("#rows, #detail")) detail.scrollIntoView();
  });

  function sift() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    rows.forEach((row, at) => {
      const node = byId.get(order[at]);
      const text = `#${node.id} ${node.title} ${node.verdict} ${node.made} ${node.plan || ""}`.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    });
  }
  filter.addEventListener("input", sift);

  const theme = document.getElementById("theme");
  const dark = () => document.documentElement.dataset.theme === "dark" ||
    (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  const label = () => { theme.textContent = dark() ? "Light" : "Dark"; };
  theme.addEventListener("click", () => { document.documentElement.dataset.theme = dark() ? "light" : "dark"; label(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);

  addEventListener("hashchange", follow);
  addEventListener("beforeprint", () => document.querySelectorAll(".panel").forEach((panel) => panel.draw && panel.draw()));
  theme.hidden = filter.hidden = document.querySelector(".keys").hidden = false;
  if (nodes.length && follow()) {
    if (matchMedia("(max-width: 860px)").matches) requestAnimationFrame(() => detail.scrollIntoView({ behavior: "instant" }));
  }
  label();
})();
