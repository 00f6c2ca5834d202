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

function marked(fact) {
  if (!fact.sentence_text) return [el("mark", {}, fact.text)];
  const slice = slicer(fact.sentence_text);
  const begin = Math.max(0, fact.span_begin - fact.sentence_begin), end = fact.span_end - fact.sentence_begin;
  return [slice(0, begin), el("mark", {}, slice(begin, end)), slice(end)];
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
    el("span", { title: "confidence" }, `${Math.round(fact.confidence * 100)} %`),
  ].filter(Boolean);
}

export function factItem(fact, withSentence = true) {
  const type = fact.kind === "quantity" ? "" : (fact.type ?? fact.cue ?? "");
  return el("li", { class: "fact", "data-kind": fact.kind, "data-position": fact.position },
    el("div", { class: "kind" }, kindName(fact.kind), type && el("small", {}, type.toLowerCase())),
    el("div", { class: "claim" }, ...claims[fact.kind]?.(fact)?.flat(3) ?? [fact.text]),
    withSentence && el("p", { class: "sentence", lang: "id" }, marked(fact)),
    el("div", { class: "tags" }, tags(fact)));
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
    el("ol", { class: "facts" }, facts.map((f) => factItem(f))));
}

export function byArticle(facts) {
  const groups = new Map();
  for (const fact of facts) {
    if (!groups.has(fact.seq)) groups.set(fact.seq, []);
    groups.get(fact.seq).push(fact);
  }
  return [...groups.values()].map((g) => g.sort((a, b) => a.n - b.n));
}
