// The sample photos: a click fetches one and adds it like a file of the person's own.

import { byId, el } from "./dom.js";
import { words } from "./words.js";

export class Samples {
  constructor(names, uploads) {
    this.names = names;
    this.uploads = uploads;
    byId("samples").hidden = names.length === 0;
    byId("sample-list").replaceChildren(...names.map((name) => el("li", {}, this.button(name))));
    byId("all-samples").addEventListener("click", () => this.addAll());
  }

  button(name) {
    const image = el("img", { src: address(name), alt: "", loading: "lazy" });
    const label = words.addSample(title(name));
    const add = () => this.add([name]);
    return el("button", { type: "button", "aria-label": label, title: title(name), onclick: add }, image);
  }

  addAll() {
    return this.add(this.names);
  }

  async add(names) {
    this.uploads.add(await Promise.all(names.map(fetchSample)));
    byId("text").focus();
  }
}

const address = (name) => `/static/samples/${encodeURIComponent(name)}`;
const title = (name) => name.replace(/\.[a-z]+$/, "");

async function fetchSample(name) {
  const answer = await fetch(address(name));
  return new File([await answer.blob()], name, { type: "image/jpeg" });
}
