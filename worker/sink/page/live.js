// Facts as they arrive. The newest stand on top; what comes while the reader is further down
// or has paused waits behind a button, so that nothing moves under the eyes.

import { el, api, count, empty, failed, say } from "./base.js";
import { KINDS, kindName, story, byArticle } from "./fact.js";

const SHOWN = 80;   // stories on the page
const WAITING = 80; // stories kept for the button
const PACE_MS = 250; // between two changes of the page; longer where the machine is slow with one
const PACE_MOST_MS = 5000;
const SHARE = 5;     // of the time, at most one part goes into showing
const MANY = 10;     // so many at once are not highlighted one by one
const FIELDS = [
  ["text", "Words", "search", "floods, rice, budget"], ["entity", "Person, body or place", "text", "exact name"],
  ["country", "Country", "text", "ID"], ["type", "Type", "text", "PROTEST"], ["source", "Outlet", "text", "antaranews.com"],
];
const FILTERS = [...FIELDS.map(([name]) => name), "copies"];
const DEFAULT_KINDS = ["quote", "quantity", "event", "role"];

function filterBar(params, change) {
  const kinds = new Set((params.get("kind") ?? DEFAULT_KINDS.join(",")).split(",").filter(Boolean));
  const apply = () => {
    const next = new URLSearchParams();
    const listed = KINDS.filter((k) => kinds.has(k));
    if (listed.join() !== DEFAULT_KINDS.join()) next.set("kind", listed.join(","));
    for (const name of FILTERS) {
      const value = form.elements[name].value.trim();
      if (value) next.set(name, name === "country" || name === "type" ? value.toUpperCase() : value);
    }
    change(next);
  };
  const toggle = (event) => {
    const { kind } = event.currentTarget.dataset;
    kinds.has(kind) ? kinds.delete(kind) : kinds.add(kind);
    event.currentTarget.setAttribute("aria-pressed", kinds.has(kind));
    apply();
  };
  const form = el("form", { class: "filters", "aria-label": "Filters", onsubmit: (e) => { e.preventDefault(); apply(); } },
    el("fieldset", { class: "chips" }, el("legend", { class: "hidden" }, "Kinds of facts"),
      KINDS.map((k) => el("button", { type: "button", class: "chip", "data-kind": k, "aria-pressed": String(kinds.has(k)), onclick: toggle }, `${kindName(k)}s`))),
    el("details", { class: "fold", open: innerWidth > 544 || FILTERS.some((n) => params.get(n)) }, el("summary", {}, "More filters"), el("div", { class: "fields" },
      FIELDS.map(([name, label, type, hint]) => el("label", {}, label,
        el("input", { name, type, placeholder: hint, value: params.get(name) ?? "", maxlength: 200, onchange: apply }))),
      el("label", {}, "Copies", el("select", { name: "copies", onchange: apply },
        [["", "shown"], ["no", "hidden"]].map(([value, label]) => el("option", { value, selected: params.get("copies") === value }, label)))),
      el("button", { type: "button", onclick: () => change(new URLSearchParams()) }, "Clear"))));
  return form;
}

export function liveView(main, params, setState) {
  const filter = { kind: params.get("kind") ?? DEFAULT_KINDS.join(",") };
  for (const name of FILTERS) if (params.get(name)) filter[name] = params.get(name);
  const list = el("ol", { class: "stream", "aria-label": "Facts, newest first" });
  const fresh = el("button", { class: "more", hidden: true, type: "button", onclick: () => { show(waiting.splice(0)); scrollTo({ top: 0 }); } });
  const older = el("button", { class: "more", hidden: true, onclick: () => load(next) }, "Older facts");
  const pause = el("button", { type: "button", "aria-pressed": "false", onclick: () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? "Resume" : "Pause";
    if (!paused) show(waiting.splice(0));
  } }, "Pause");
  let waiting = [], paused = false, next, source, ended = false, due = 0, arrived = 0, pace = PACE_MS;

  const bar = filterBar(params, (q) => { location.hash = `#/live${q.size ? `?${q}` : ""}`; });
  bar.firstChild.append(pause);
  main.replaceChildren(el("h1", { class: "hidden" }, "Live facts"), bar, fresh, list, older);

  function show(groups) {
    fresh.hidden = true;
    if (!groups.length) return;
    list.querySelector(".empty")?.remove();
    for (const facts of groups.slice(-SHOWN)) {
      list.querySelector(`[data-article="${CSS.escape(facts[0].article)}"]`)?.remove();
      const item = story(facts);
      if (groups.length <= MANY) item.classList.add("new");
      list.prepend(item);
    }
    while (list.children.length > SHOWN) list.lastChild.remove();
  }

  // How long a change took until it was painted says when the next may come.
  function keepPace(began) {
    requestAnimationFrame(() => setTimeout(() => {
      pace = Math.min(PACE_MOST_MS, Math.max(PACE_MS, SHARE * (performance.now() - began)));
    }));
  }

  // A burst is one change of the page, not a thousand; nobody sees a page in the background.
  function arrive() {
    due = 0;
    if (document.hidden) return;
    keepPace(performance.now());
    if (!paused && scrollY < 200) {
      const groups = waiting.splice(0);
      show(groups);
    } else if (waiting.length) {
      fresh.hidden = false;
      fresh.textContent = `${waiting.length >= WAITING ? `${WAITING}+` : waiting.length} newer ${waiting.length === 1 ? "article" : "articles"}`;
    }
    if (arrived) say(`${count(arrived, "new fact")}`);
    arrived = 0;
  }

  function listen(after) {
    if (ended) return;
    source = new EventSource(`/api/v1/stream?${new URLSearchParams({ ...filter, after })}`);
    source.addEventListener("open", () => setState("on", "live"));
    source.addEventListener("error", () => {
      setState("off", "reconnecting");
      if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(last), 2000);
    });
    let last = after;
    source.addEventListener("entry", (event) => {
      const { facts } = JSON.parse(event.data);
      last = event.lastEventId;
      arrived += facts.length;
      waiting.push(facts);
      if (waiting.length > WAITING) waiting.splice(0, waiting.length - WAITING);
      if (!due) due = setTimeout(arrive, pace);
    });
  }

  async function load(before) {
    try {
      const [status, answer] = await Promise.all([before ? null : api("status"), api("facts", { ...filter, before, limit: 100 })]);
      if (ended) return;
      next = answer.next;
      older.hidden = !answer.more;
      const groups = byArticle(answer.items);
      for (const facts of groups) {
        const shown = [...list.children].find((c) => c.dataset.article === facts[0].article);
        if (shown) shown.querySelector(".facts").prepend(...story(facts).querySelectorAll(".fact"));
        else list.append(story(facts));
      }
      if (!list.children.length) list.append(el("li", { class: "empty" }, "Nothing yet that passes these filters. What comes appears here."));
      if (status) listen(status.store.position);
    } catch (error) {
      if (ended) return;
      list.replaceChildren(el("li", {}, failed(error)));
      setState("off", "no answer");
      setTimeout(() => { if (!ended) { list.replaceChildren(); load(before); } }, 3000);
    }
  }
  document.addEventListener("visibilitychange", arrive);
  load();
  return () => { ended = true; source?.close(); clearTimeout(due); document.removeEventListener("visibilitychange", arrive); };
}
