// Reading: one article with all its facts marked, one name with its timeline, and search.

import { el, api, slicer, day, count, entityLink, empty, failed } from "./base.js";
import { factItem, byline, story, byArticle, kindName, pieces } from "./fact.js";

// Whose text this is, where it is another's.
function original(article) {
  if (!article.copy_of) return null;
  const name = el("bdi", {}, article.original_title ?? article.copy_of);
  return el("p", { class: "meta copy" }, "copy of ", article.original_seq ? el("a", { href: `#/article/${article.original_seq}` }, name) : name,
    article.original_source && [" · ", el("bdi", {}, article.original_source)]);
}

export async function articleView(main, seq) {
  try {
    let answer = await api(`articles/${seq}`, { limit: 1000 });
    const { article } = answer, facts = answer.items;
    while (answer.more) {
      answer = await api(`articles/${seq}`, { limit: 1000, after: answer.next });
      facts.push(...answer.items);
    }
    const slice = slicer(article.text), length = new TextEncoder().encode(article.text).length;
    const items = new Map(facts.map((f) => [f.position, factItem(f)]));
    const text = el("div", { class: "text", lang: article.language });
    const light = (position, scroll) => {
      for (const on of main.querySelectorAll(".on")) on.classList.remove("on");
      const item = items.get(position);
      item.classList.add("on");
      for (const m of text.querySelectorAll("mark")) if (m.dataset.all.split(" ").includes(position)) m.classList.add("on");
      if (scroll === "side") item.scrollIntoView({ block: "nearest" });
      if (scroll === "text") text.querySelector("mark.on")?.scrollIntoView({ block: "center" });
    };
    for (const { begin, end, fact, over } of pieces(length, facts)) {
      const piece = slice(begin, end);
      text.append(fact ? el("mark", { "data-kind": fact.kind, "data-all": over.map((f) => f.position).join(" "), title: over.map((f) => kindName(f.kind)).join(", "),
        onclick: () => light(fact.position, "side") }, piece) : piece);
    }
    for (const [position, item] of items) {
      item.tabIndex = 0;
      item.addEventListener("click", (e) => { if (!e.target.closest("a")) light(position, "text"); });
      item.addEventListener("keydown", (e) => { if (e.key === "Enter" && e.target === item) light(position, "text"); });
    }
    const major = facts.filter((f) => !["entity", "time"].includes(f.kind)), minor = facts.filter((f) => ["entity", "time"].includes(f.kind));
    main.replaceChildren(el("div", { class: "split" },
      el("article", {}, el("h1", {}, el("bdi", {}, article.title ?? article.id)), byline(article), original(article), text),
      el("aside", { class: "side", "aria-label": "Facts of this article" },
        el("h2", {}, count(major.length, "fact")), el("ol", { class: "facts" }, major.map((f) => items.get(f.position))),
        minor.length > 0 && el("h2", {}, "Names and times"), el("ol", { class: "facts" }, minor.map((f) => items.get(f.position))))));
    document.title = `${article.title ?? article.id} · Warta`;
  } catch (error) {
    main.replaceChildren(failed(error));
  }
}

const TYPES = { PER: "person", ORG: "organisation", GPE: "country, province or town", LOC: "place" };

export async function entityView(main, name) {
  try {
    const path = `entity/${encodeURIComponent(name)}/timeline`;
    const answer = await api(path, { limit: 300 });
    const head = answer.entity[0];
    const facts = answer.items.filter((f) => f.kind !== "entity");
    const days = new Map();
    for (const f of facts) days.set(f.day ?? "", [...(days.get(f.day ?? "") ?? []), f]);
    const timeline = [...days.keys()].sort().reverse().map((d) => el("li", {}, el("h2", {}, d ? day(d) : "no date"), byArticle(days.get(d)).map((g) => story(g, "div"))));
    main.replaceChildren(el("h1", {}, el("bdi", {}, head.name)),
      el("p", { class: "lead" }, [TYPES[head.type], head.country, count(head.articles, "article"), head.first_day === head.last_day ? day(head.first_day) : `${day(head.first_day)} to ${day(head.last_day)}`].filter(Boolean).join(" · ")),
      el("div", { class: "split" },
        el("section", { "aria-label": "Timeline" }, timeline.length ? el("ol", { class: "timeline" }, timeline) : empty("Named, but nothing is claimed of it yet.")),
        el("aside", { class: "side" }, el("h2", {}, "Named together with"),
         
          el("ul", { class: "names" }, answer.with.map((w) => el("li", {}, el("a", { href: `#/entity/${encodeURIComponent(w.name)}` }, el("span", {}, el("bdi", {}, w.name)), el("small", {}, count(w.articles, "article")))))))));
    document.title = `${head.name} · Warta`;
  } catch (error) {
    main.replaceChildren(failed(error));
  }
}

export async function entitiesView(main, params) {
  const list = el("ul", { class: "names" });
  const input = el("input", { type: "search", placeholder: "part of a name", "aria-label": "Part of a name", value: params.get("text") ?? "", oninput: () => { clearTimeout(timer); timer = setTimeout(load, 200); } });
  const type = el("select", { "aria-label": "Type", onchange: () => load() }, el("option", { value: "" }, "all types"), Object.entries(TYPES).map(([k, v]) => el("option", { value: k }, v)));
  let timer, turn = 0;
  async function load() {
    const mine = ++turn;
    try {
      const { items } = await api("entities", { text: input.value.trim(), type: type.value, limit: 120 });
      if (mine !== turn) return;
      list.replaceChildren(...(items.length ? items.map((e) => el("li", {}, el("a", { href: `#/entity/${encodeURIComponent(e.name)}` }, el("span", {}, el("bdi", {}, e.name)), el("small", {}, `${e.type.toLowerCase()} · ${e.articles}`)))) : [el("li", {}, empty("Nobody of that name."))]));
    } catch (error) {
      list.replaceChildren(el("li", {}, failed(error)));
    }
  }
  main.replaceChildren(el("h1", {}, "Who is in the news"), el("p", { class: "lead" }, "People, bodies and places by the number of articles that name them."),
    el("div", { class: "filters" }, el("div", { class: "fields" }, el("label", {}, "Name", input), el("label", {}, "Type", type))), list);
  await load();
}

export async function searchView(main, text) {
  try {
    const { items } = await api("search", { text, limit: 50 });
    main.replaceChildren(el("h1", {}, `“${text}”`), el("p", { class: "lead" }, count(items.length, "article")),
      items.length ? el("ol", { class: "stream" }, items.map((a) => el("li", { class: "story" },
        el("header", {}, el("h2", {}, el("a", { href: `#/article/${a.seq}` }, el("bdi", {}, a.title ?? a.id))), byline(a)),
        el("p", { class: "sentence" }, a.snippet.map(([piece, found]) => (found ? el("mark", {}, piece) : piece)))))) : empty("No article holds all of these words."));
  } catch (error) {
    main.replaceChildren(failed(error));
  }
}
