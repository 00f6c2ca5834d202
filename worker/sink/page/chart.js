// Charts, drawn as SVG from what /api/v1/stats and /api/v1/quantities say.

import { el, svg, api, number, day, empty, failed } from "./base.js";
import { KINDS } from "./fact.js";

// A chart is as wide as its panel: on a telephone fewer units, so that letters stay as large.
const NARROW = innerWidth < 544;
const W = NARROW ? 340 : 640, H = NARROW ? 220 : 240, LABELS = NARROW ? 4 : 6, LEFT = 52, RIGHT = 8, TOP = 10, BOTTOM = 28;
const TONES = ["--accent", "--event", "--quantity", "--quote", "--role", "--entity", "--time", "--warn"];
const tone = (name, i) => `var(${KINDS.includes(name) ? `--${name}` : TONES[i % TONES.length]})`;
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

// Round steps of 1, 2 or 5 times a power of ten.
function ticks(low, high, least, wanted = 4) {
  const rough = Math.max((high - low) / wanted || 1, least), power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) ?? rough;
  const out = [];
  for (let t = Math.ceil(low / step) * step; t <= high + step * 1e-9; t += step) out.push(t);
  return out;
}

function frame(label, low, high, children, xLabels, least = 1, name = (t) => compact.format(t)) {
  const y = (v) => TOP + (H - TOP - BOTTOM) * (1 - (v - low) / (high - low || 1));
  const chart = svg("svg", { viewBox: `0 0 ${W} ${H}`, role: "group", "aria-label": label },
    ticks(low, high, least).map((t) => [svg("line", { class: "grid", x1: LEFT, x2: W - RIGHT, y1: y(t), y2: y(t) }),
      svg("text", { x: LEFT - 8, y: y(t) + 4, "text-anchor": "end" }, name(t))]).flat(),
    children(y), xLabels.map(([x, text, anchor]) => svg("text", { x, y: H - 8, "text-anchor": anchor ?? "middle" }, text)));
  return chart;
}

// rows: [{x: text, parts: [numbers]}]
function bars(label, rows, names) {
  const most = Math.max(1, ...rows.map((r) => r.parts.reduce((a, b) => a + b, 0)));
  const step = (W - LEFT - RIGHT) / rows.length, width = Math.max(1, Math.min(36, step * 0.78));
  const each = Math.ceil(rows.length / LABELS);
  return frame(label, 0, most, (y) => rows.flatMap((row, i) => {
    let base = 0;
    return row.parts.map((part, k) => {
      if (!part) return null;
      const top = y(base + part), height = y(base) - top;
      base += part;
      const bar = svg("rect", { x: LEFT + i * step + (step - width) / 2, y: top, width, height, rx: Math.min(2, width / 3) },
        svg("title", {}, `${row.x}: ${names[k] ?? ""} ${number(part)}`));
      bar.style.fill = tone(names[k], k);
      return bar;
    });
  }), rows.map((row, i) => (i % each === 0 ? [LEFT + (i + 0.5) * step, row.x] : null)).filter(Boolean));
}

const legend = (names) => el("ul", { class: "legend" }, names.map((n, i) => {
  const swatch = svg("svg", { viewBox: "0 0 10 10", "aria-hidden": "true" }, svg("rect", { width: 10, height: 10, rx: 2 }));
  swatch.firstChild.style.fill = tone(n, i);
  return el("li", {}, swatch, n);
}));

function minutesChart(minutes) {
  const now = Math.floor(Date.now() / 60000), known = new Map(minutes.map((m) => [m.minute, m]));
  const rows = Array.from({ length: 60 }, (_, i) => {
    const m = now - 59 + i, date = new Date(m * 60000);
    return { x: date.toTimeString().slice(0, 5), parts: [known.get(m)?.facts ?? 0] };
  });
  return bars("Facts a minute over the last hour", rows, ["facts"]);
}

function stacked(rows, key, label) {
  const totals = new Map();
  for (const r of rows) totals.set(r[key], (totals.get(r[key]) ?? 0) + (r.events ?? r.facts));
  const names = [...totals].sort((a, b) => b[1] - a[1]).slice(0, 7).map(([n]) => n);
  const rest = totals.size > names.length;
  const days = [...new Set(rows.map((r) => r.day))].sort().slice(-30);
  const table = days.map((d) => {
    const parts = Array(names.length + (rest ? 1 : 0)).fill(0);
    for (const r of rows) if (r.day === d) parts[names.includes(r[key]) ? names.indexOf(r[key]) : names.length] += r.events ?? r.facts;
    return { x: day(d).replace(/ \d{4}$/, ""), parts };
  });
  const shown = (rest ? [...names, "others"] : names).map((n) => (n === "-" ? "untyped" : n.toLowerCase()));
  return [bars(label, table, shown), legend(shown), days.length === 30 && el("p", { class: "meta" }, `The last 30 days that have any, since ${day(days[0])}.`)].filter(Boolean);
}

// Values by day with bars from their least to their most.
function scatter(items, unit) {
  const rows = items.filter((q) => q.day && (q.value ?? q.low ?? q.high) !== undefined).map((q) => ({
    q, at: Date.parse(q.day), value: q.value ?? ((q.low ?? q.high) + (q.high ?? q.low)) / 2, low: q.low ?? q.value, high: q.high ?? q.value }));
  if (!rows.length) return empty("No number of this kind has a date.");
  // Rupiah run from prices to budgets: powers of ten, where a plain scale would show the largest alone.
  const values = rows.flatMap((r) => [r.low, r.value, r.high]), least = Math.min(...values.filter((v) => v > 0)), most = Math.max(...values);
  const powers = Math.min(...values) >= 0 && most / least > 1000;
  const on = powers ? (v) => Math.log10(Math.max(v, least)) : (v) => v;
  const low = powers ? Math.floor(on(least)) : Math.min(0, ...values), high = powers ? Math.ceil(on(most)) : most * 1.05 || 1;
  const first = Math.min(...rows.map((r) => r.at)), last = Math.max(...rows.map((r) => r.at), first + 86400000);
  const x = (t) => LEFT + 12 + (W - LEFT - RIGHT - 24) * ((t - first) / (last - first));
  return frame(`Quantities in ${unit} over time${powers ? ", by powers of ten" : ""}`, low, high, (scale, y = (v) => scale(on(v))) => rows.flatMap(({ q, at, value, low: from, high: to }) => {
    const open = q.bound === "min" ? -14 : q.bound === "max" ? 14 : 0; // an arrow the way it may go on
    return [
      from !== to && svg("line", { class: "err", x1: x(at), x2: x(at), y1: y(from), y2: y(to) }),
      from !== to && svg("path", { class: "err", d: `M${x(at) - 4} ${y(from)}h8M${x(at) - 4} ${y(to)}h8` }),
      open !== 0 && svg("path", { class: "err", fill: "none", d: `M${x(at)} ${y(value)}v${open}m-3.500 ${-Math.sign(open) * 4}l3.500 ${Math.sign(open) * 4}l3.500 ${-Math.sign(open) * 4}` }),
      svg("a", { href: `#/article/${q.seq}` }, svg("circle", { class: "point", cx: x(at), cy: y(value), r: 4.5 }), svg("title", {}, `${q.text} · ${q.headline ?? ""} · ${day(q.day)}`)),
    ].filter(Boolean);
  }), [[x(first), day(new Date(first).toISOString().slice(0, 10)), "start"], [x(last), day(new Date(last).toISOString().slice(0, 10)), "end"]], powers ? 1 : 0, powers ? (t) => compact.format(10 ** t) : undefined);
}

export function chartsView(main) {
  const panel = (title, wide) => {
    const body = el("div", {}), head = el("header", {}, el("h2", {}, title));
    return { body, head, node: el("section", { class: wide ? "panel wide" : "panel" }, head, body) };
  };
  const minute = panel("Facts a minute"), events = panel("Events by day"), kinds = panel("Facts by day"), amounts = panel("Numbers over time");
  const pick = el("select", { "aria-label": "Which numbers", onchange: () => drawAmounts() });
  amounts.head.append(pick);
  let ended = false, timer, units = [];
  main.replaceChildren(el("h1", { class: "hidden" }, "Charts"), el("div", { class: "charts" }, minute.node, amounts.node, events.node, kinds.node));

  async function drawAmounts() {
    const chosen = units[pick.selectedIndex];
    if (!chosen) return amounts.body.replaceChildren(empty("No numbers yet."));
    try {
      const { items } = await api("quantities", { unit: chosen.unit, noun: chosen.noun, limit: 500 });
      const right = chosen.noun ? items : items.filter((q) => !q.noun);
      amounts.body.replaceChildren(scatter(right, chosen.unit), el("p", { class: "meta" }, "Bars: what a number allows; arrows: at least, at most. A point leads to its article."));
    } catch (error) {
      amounts.body.replaceChildren(failed(error));
    }
  }

  async function draw(first) {
    try {
      const stats = await api("stats");
      if (ended) return;
      minute.body.replaceChildren(minutesChart(stats.minutes), el("p", { class: "meta" }, "As they came in, in the last hour; counted since this server began."));
      events.body.replaceChildren(...(stats.events.length ? stacked(stats.events, "type", "Events by day and type") : [empty("No events yet.")]));
      kinds.body.replaceChildren(...(stats.days.length ? stacked(stats.days, "kind", "Facts by day and kind") : [empty("No facts yet.")]));
      if (first) {
        units = stats.units;
        pick.replaceChildren(...units.map((u) => el("option", {}, `${u.noun ? `${u.noun}, ` : ""}${u.unit} (${u.facts})`)));
        await drawAmounts();
      }
    } catch (error) {
      minute.body.replaceChildren(failed(error));
    }
    if (!ended) timer = setTimeout(draw, 10000);
  }
  draw(true);
  return () => { ended = true; clearTimeout(timer); };
}
