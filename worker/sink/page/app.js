// Which view the address names; each answers with how it is left.

import { el, api } from "./base.js";
import { liveView } from "./live.js";
import { articleView, entityView, entitiesView, searchView } from "./reader.js";
import { chartsView } from "./chart.js";
import { lineView } from "./line.js";

const main = document.getElementById("main"), state = document.getElementById("state");
let leave, before;

function setState(kind, text) {
  state.className = `state ${kind}`;
  document.getElementById("state-text").textContent = text;
}

const views = {
  live: (page, _, params) => liveView(page, params, setState),
  article: articleView,
  entity: entityView,
  entities: (page, _, params) => entitiesView(page, params),
  search: searchView,
  charts: chartsView,
  line: lineView,
};

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function go() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const [view, ...rest] = path.split("/");
  const shown = Object.hasOwn(views, view) ? view : "live";
  if (location.hash === "#main") return;
  if (typeof leave === "function") leave();
  document.title = `${{ live: "Live", entities: "Who", charts: "Charts", line: "Line" }[shown] ?? "Warta"} · Warta`;
  for (const a of document.querySelectorAll(".top nav a")) {
    if (a.hash === `#/${shown === "entity" ? "entities" : shown === "article" ? "live" : shown}`) a.setAttribute("aria-current", "page");
    else a.removeAttribute("aria-current");
  }
  const was = document.activeElement, again = shown === before;
  const page = el("div", {}, el("p", { class: "meta" }, "…")); // a view that answers late fills what is gone
  main.replaceChildren(page);
  leave = views[shown](page, decode(rest.join("/")), new URLSearchParams(query ?? ""));
  const same = again && (was?.dataset.kind ? page.querySelector(`button[data-kind="${was.dataset.kind}"]`) : was?.name ? page.querySelector(`[name="${was.name}"]`) : null);
  if (same) same.focus();
  else if (before) { main.focus({ preventScroll: true }); scrollTo(0, 0); }
  before = shown;
}

// Views without a stream tell by asking whether the server is there.
async function watch() {
  if (!location.hash.match(/^(#\/live|#?$)/)) {
    try {
      const status = await api("status");
      setState(status.broker.error ? "off" : "on", status.broker.error ? "no broker" : "connected");
    } catch {
      setState("off", "no answer");
    }
  }
  setTimeout(watch, 5000);
}

document.getElementById("search").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = event.target.elements.text.value.trim();
  if (text) location.hash = `#/search/${encodeURIComponent(text)}`;
});
addEventListener("hashchange", go);
go();
watch();
