// The line itself: feeds, queue, workers, dead letters, and how fast it all goes.

import { el, api, number, duration, failed } from "./base.js";

const EVERY_MS = 2000;
const TABLES = [
  ["feeds", "Feeds", { name: "feed", state: "state", live: "waiting", backfill: "backfill", given: "given out" }],
  ["workers", "Workers", { name: "worker", extractor: "extractor", leased: "in hand", done: "done", failed: "failed", heard_ms: "heard" }],
  ["feeders", "Feeders", { id: "feeder", stored: "stored", duplicate: "duplicate", rejected: "rejected", busy: "busy", heard_ms: "heard" }],
  ["tails", "Consumers connected", { name: "consumer", next: "position", behind: "behind", heard_ms: "heard" }],
  ["consumers", "Consumers by name", { name: "consumer", position: "position", unread: "unread", lost: "lost" }],
  ["dead", "Dead letters", { seq: "position", deaths: "deaths", failures: "failures", id: "article", last: "last attempt" }],
];

function table([key, title, columns], rows) {
  const cell = (name, value) => (value === undefined ? "" : value === "-" ? "without a name" : name.endsWith("_ms") ? `${duration(value)} ago` : typeof value === "number" ? number(value) : value);
  const numeric = (name) => rows.every((r) => typeof r[name] === "number");
  return el("section", { class: "panel", "data-table": key }, rows.length ? el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": title }, el("table", {}, el("caption", {}, title),
    el("thead", {}, el("tr", {}, Object.entries(columns).map(([n, label]) => el("th", { scope: "col", class: numeric(n) ? "n" : null }, label)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, Object.keys(columns).map((n) => el("td", { class: numeric(n) ? "n" : null }, cell(n, row[n]))))))))
    : [el("h2", {}, title), el("p", { class: "meta" }, "none")]);
}

export function lineView(main) {
  let ended = false, timer, before;
  const rates = el("dl", { class: "figures" }), tables = el("div", { class: "charts" }), lead = el("p", { class: "lead" });
  main.replaceChildren(el("h1", {}, "The line"), lead, rates, tables);
  const figure = (name, value, bad) => el("div", { class: bad ? "bad" : null }, el("dt", {}, name), el("dd", {}, value));

  function show(status, now) {
    const { broker, store } = status, stats = broker.stats ?? {};
    if (broker.error) lead.replaceChildren(el("span", { class: "error" }, `The broker does not answer: ${broker.error}`));
    else lead.textContent = broker.status ? `Broker ${broker.status.version}, ${broker.status.state}, up ${duration(broker.status.uptime_ms)}, ${broker.status.address}` : "No answer of the broker yet.";
    const rate = (name) => (before && stats[name] >= before.stats[name] ? `${number(Math.round((stats[name] - before.stats[name]) / (now - before.now) * 10000) / 10)}/s` : "–");
    rates.replaceChildren(figure("articles in", rate("ingest_stored")), figure("articles read", rate("dispatch_done")), figure("facts out", rate("collect_facts")),
      figure("waiting", number(broker.status?.unfinished ?? 0)), figure("workers", number(broker.status?.workers ?? 0), broker.status?.workers === 0),
      figure("dead letters", number(broker.status?.dead ?? 0), broker.status?.dead > 0), figure("store behind", number(store.lag), store.lag > 1000), figure("position", number(store.position)), figure("readers", number(status.web.streams)));
    tables.replaceChildren(...TABLES.map((t) => table(t, broker[t[0]] ?? [])));
    before = { stats, now };
  }

  async function turn() {
    try {
      const status = await api("status");
      if (!ended && !tables.contains(document.activeElement)) show(status, performance.now());
    } catch (error) {
      if (!ended) lead.replaceChildren(failed(error));
    }
    if (!ended) timer = setTimeout(turn, EVERY_MS);
  }
  turn();
  return () => { ended = true; clearTimeout(timer); };
}
