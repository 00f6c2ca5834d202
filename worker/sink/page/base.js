// What all views stand on: elements made of text alone, the API, bytes into characters.

const SVG = "http://www.w3.org/2000/svg";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((c) => c !== undefined && c !== null && c !== false));
  return node;
}

// Children that are strings become text nodes: nothing that was read is ever markup.
export const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
export const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

export async function api(path, params = {}, signal = undefined) {
  const query = new URLSearchParams(Object.entries(params).filter(([, v]) => v !== "" && v !== undefined));
  const answer = await fetch(`/api/v1/${path}${query.size ? `?${query}` : ""}`, { signal });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.text ?? `status ${answer.status}`);
  return body;
}

// Spans count bytes of UTF-8; a string counts UTF-16 units.
export function slicer(text) {
  const bytes = encoder.encode(text);
  return (begin, end) => decoder.decode(bytes.subarray(begin, end));
}

export function link(url) {
  try {
    const parsed = new URL(url);
    return ["http:", "https:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

const numbers = new Intl.NumberFormat("en", { maximumSignificantDigits: 8 });
export const number = (n) => numbers.format(n);
const words = new Intl.NumberFormat("en", { notation: "compact", compactDisplay: "long", maximumSignificantDigits: 6 });
export const large = (n) => (Math.abs(n) >= 1e6 ? words.format(n) : number(n));
export const count = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

const short = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
export function day(text) {
  const date = text ? new Date(text.length === 10 ? `${text}T12:00:00` : text) : null;
  return date && !Number.isNaN(date.getTime()) ? short.format(date) : (text ?? "");
}

export function duration(ms) {
  const s = Math.floor(ms / 1000);
  return s < 90 ? `${s} s` : s < 5400 ? `${Math.round(s / 60)} min` : s < 172800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86400)} days`;
}

export const entityLink = (name) => el("a", { href: `#/entity/${encodeURIComponent(name)}` }, el("bdi", {}, name));
export const say = (text) => { document.getElementById("said").textContent = text; };
export const failed = (error) => el("p", { class: "empty error", role: "alert" }, error.message);
export const empty = (text) => el("p", { class: "empty" }, text);
