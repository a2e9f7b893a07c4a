// Every sentence that the page itself says, in the browser's language. What the bot says comes from the server, ready to read.

import { chinese } from "./chinese.js";
import { english } from "./english.js";

const wished = (navigator.languages?.[0] ?? navigator.language ?? "en").toLowerCase();

export const words = wished.startsWith("zh") ? chinese : english;

// Where index.html speaks: the attribute that names the sentence, and what it is put into.
const places = {
  say: (node, text) => (node.textContent = text),
  label: (node, text) => node.setAttribute("aria-label", text),
  tip: (node, text) => (node.title = text),
  hint: (node, text) => (node.placeholder = text),
};

export function translate(page) {
  if (!words.page) return; // index.html is English already
  page.documentElement.lang = words.tag;
  for (const [place, put] of Object.entries(places)) {
    for (const node of page.querySelectorAll(`[data-${place}]`)) put(node, words.page[node.dataset[place]]);
  }
}

export function troubleOf(error) {
  return words.trouble[error.code] ?? words.trouble.other;
}
