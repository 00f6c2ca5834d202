// One fact as people read it: what is claimed, by whom, and the sentence it stands in.

import { el, entityLink, large as number, day, slicer, link } from "./base.js";

export const KINDS = ["quote", "quantity", "event", "role", "entity", "time"];
const NAMES = { quote: "Quote", quantity: "Number", event: "Event", role: "Role", entity: "Name", time: "Time" };
export const kindName = (kind) => NAMES[kind] ?? kind;

const has = (text, word) => Boolean(text && word && text.split(" ").includes(word));
// "41 250 orang", not "orang orang": a noun that holds the unit stands for both.
const unit = (fact) => (!has(fact.noun, fact.unit) && fact.unit && !["item", "count", "1"].includes(fact.unit) ? ` ${fact.unit}` : "");

// [what stands large, what its bounds say]
export function amount(fact) {
  const value = fact.value !== undefined ? number(fact.value) : "";
  const range = fact.low !== undefined && fact.high !== undefined ? `${number(fact.low)} – ${number(fact.high)}` : "";
  const says = { about: "about", min: "at least", max: "at most" }[fact.bound];
  return [`${range || value}${unit(fact)}`, says ?? (range ? "between" : "")];
}

const name = (known, text) => (known ? entityLink(known) : text ? el("bdi", {}, text) : null);
const join = (list, text) => {
  const all = (list ?? []).flatMap((n, i) => (i ? [", ", entityLink(n)] : [entityLink(n)]));
  return all.length ? all : text ? [el("bdi", {}, text)] : [];
};

const claims = {
  quote: (f) => [name(f.speaker, f.speaker_text) ?? "Somebody", el("span", { class: "bound" }, f.direct ? " says, in these words" : " says")],
  quantity: (f) => {
    const [large, bound] = amount(f);
    return [bound && el("span", { class: "bound" }, `${bound} `), el("span", { class: "number" }, large), f.noun && ` ${f.noun}`,
      f.change && el("span", { class: "bound" }, f.change === "up" ? " ↑ up" : " ↓ down"), f.holder && [el("span", { class: "bound" }, " · "), entityLink(f.holder)]];
  },
  event: (f) => {
    const who = join(f.actors, f.actor_text), whom = join(f.targets, f.target_text);
    return [...who, who.length && (whom.length || f.object) ? el("span", { class: "bound" }, " → ") : null, ...whom, !whom.length && f.object, !who.length && !whom.length && !f.object && (f.lemma ?? f.text)];
  },
  role: (f) => [name(f.person), el("span", { class: "bound" }, f.former ? " was " : " is "), f.title, f.organisation && [", ", entityLink(f.organisation)]],
  entity: (f) => [entityLink(f.name)],
  time: (f) => [f.time ?? f.text],
};

// Cut [0, length) where spans begin and end; each piece knows the innermost fact over it.
export function pieces(length, facts) {
  const edges = new Set([0, length]);
  for (const f of facts) edges.add(f.span_begin).add(f.span_end);
  const at = [...edges].filter((e) => e >= 0 && e <= length).sort((a, b) => a - b);
  const open = facts.filter((f) => f.span_end > f.span_begin).sort((a, b) => (b.span_end - b.span_begin) - (a.span_end - a.span_begin));
  return at.slice(0, -1).map((begin, i) => {
    const over = open.filter((f) => f.span_begin <= begin && f.span_end >= at[i + 1]);
    return { begin, end: at[i + 1], fact: over.at(-1), over };
  });
}

// The sentence with the evidence of each fact in its own colour.
function marked(facts) {
  const { sentence_text: sentence, sentence_begin: from } = facts[0];
  if (!sentence) return [el("mark", { "data-kind": facts[0].kind }, facts[0].text)];
  const slice = slicer(sentence), length = new TextEncoder().encode(sentence).length;
  const here = facts.map((f) => ({ kind: f.kind, span_begin: Math.max(0, f.span_begin - from), span_end: Math.min(length, f.span_end - from) }));
  return pieces(length, here).map(({ begin, end, fact }) => (fact ? el("mark", { "data-kind": fact.kind }, slice(begin, end)) : slice(begin, end)));
}

function tags(fact) {
  const source = fact.source_name ?? fact.source_text;
  const via = Array.isArray(fact.source_via) && fact.source_via.length ? ` via ${fact.source_via.join(", ")}` : "";
  return [
    fact.modality && el("span", { class: "modality" }, fact.modality),
    source && el("span", {}, "according to ", el("b", {}, el("bdi", {}, source)), via),
    fact.about && el("span", {}, "about ", el("b", {}, fact.about)),
    fact.place && el("span", {}, "in ", el("b", {}, fact.place)),
    fact.time && fact.kind !== "time" && el("span", {}, "when ", el("b", {}, fact.time)),
    fact.country && el("span", {}, fact.country),
    el("span", { title: "confidence of the extraction" }, `${Math.round(fact.confidence * 100)} % sure`),
  ].filter(Boolean);
}

// among: the facts of its sentence, shown under it; empty: shown under the last of them. Without
// them it stands beside the article's text, and only what it rests on is told.
export function factItem(fact, among = null) {
  const type = fact.kind === "quantity" ? "" : (fact.type ?? fact.cue ?? "");
  const words = !among && ["quote", "event"].includes(fact.kind);
  return el("li", { class: "fact", "data-kind": fact.kind, "data-position": fact.position },
    el("div", { class: "kind" }, kindName(fact.kind), type && el("small", {}, type.toLowerCase())),
    el("div", { class: "claim" }, ...claims[fact.kind]?.(fact)?.flat(3) ?? [fact.text]),
    among?.length > 0 && el("p", { class: "sentence", lang: "id" }, marked(among)),
    words && el("p", { class: "sentence words", lang: "id" }, fact.text),
    el("div", { class: "tags" }, tags(fact)));
}

// Facts of one sentence stand together, and the sentence once.
function bySentence(facts) {
  const runs = [];
  for (const fact of facts) {
    const run = runs.at(-1);
    if (run && fact.sentence_text && run[0].sentence_begin === fact.sentence_begin) run.push(fact);
    else runs.push([fact]);
  }
  return runs.flatMap((run) => run.map((fact, i) => {
    const item = factItem(fact, i === run.length - 1 ? run : []);
    if (i) item.classList.add("with");
    return item;
  }));
}

export function byline(article) {
  const out = link(article.url);
  return el("p", { class: "meta" }, article.source ?? "unknown outlet", article.published && ` · ${day(article.published)}`,
    article.author && ` · ${article.author}`, out && [" · ", el("a", { href: out, rel: "noopener noreferrer", target: "_blank" }, "original")]);
}

// Facts of one article under its headline.
export function story(facts, tag = "li") {
  const first = facts[0];
  return el(tag, { class: "story", "data-article": first.article },
    el("header", {}, el("h2", {}, el("a", { href: `#/article/${first.seq}` }, el("bdi", {}, first.headline ?? first.article))), byline(first)),
    el("ol", { class: "facts" }, bySentence(facts)));
}

export function byArticle(facts) {
  const groups = new Map();
  for (const fact of facts) {
    if (!groups.has(fact.seq)) groups.set(fact.seq, []);
    groups.get(fact.seq).push(fact);
  }
  return [...groups.values()].map((g) => g.sort((a, b) => a.n - b.n));
}
