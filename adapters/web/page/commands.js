// The commands that the server offers: a list while a slash is typed, and the menu in the header.

import { byId, el } from "./dom.js";
import { words } from "./words.js";

export class Hints {
  // `chosen(row)` is called with the command that was picked.
  constructor(rows, chosen) {
    this.rows = rows;
    this.chosen = chosen;
    this.list = byId("hints");
    this.text = byId("text");
    this.found = [];
    this.at = 0;
  }

  show(text) {
    const typed = /^\/([a-z]*)$/i.exec(text)?.[1].toLowerCase();
    this.found = typed === undefined ? [] : this.rows.filter((row) => row.name.startsWith(typed));
    this.at = 0;
    this.draw();
  }

  draw() {
    this.list.hidden = this.found.length === 0;
    this.list.replaceChildren(...this.found.map((row, place) => this.option(row, place)));
    if (this.found.length) this.text.setAttribute("aria-activedescendant", `hint-${this.at}`);
    else this.text.removeAttribute("aria-activedescendant");
    this.list.children[this.at]?.scrollIntoView({ block: "nearest" });
  }

  option(row, place) {
    const pick = (event) => (event.preventDefault(), this.pick(row));
    const selected = String(place === this.at);
    return el("li", { id: `hint-${place}`, role: "option", "aria-selected": selected, onpointerdown: pick }, ...labels(row));
  }

  // Whether the key was for the list.
  key(event) {
    if (!this.found.length) return false;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) this.at = (this.at + steps[event.key] + this.found.length) % this.found.length;
    else if (event.key === "Escape") this.found = [];
    else if (event.key !== "Tab" && (event.key !== "Enter" || event.shiftKey)) return false;
    else this.pick(this.found[this.at]);
    event.preventDefault();
    this.draw();
    return true;
  }

  pick(row) {
    this.found = [];
    this.draw();
    this.chosen(row);
  }
}

export class Menu {
  constructor(rows, chosen, { samples }) {
    this.button = byId("menu-button");
    this.menu = byId("menu");
    const commands = rows.map((row) => this.entry(labels(row), () => chosen(row)));
    this.menu.replaceChildren(...(samples ? [this.entry([words.samplesInMenu], samples)] : []), ...commands);
    this.button.addEventListener("click", () => this.show(this.menu.hidden));
    this.menu.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("pointerdown", (event) => {
      if (!this.menu.contains(event.target) && !this.button.contains(event.target)) this.show(false);
    });
    document.addEventListener("keydown", (event) => event.key === "Escape" && !this.menu.hidden && this.close());
  }

  entry(content, does) {
    return el("button", { type: "button", onclick: () => (this.show(false), does()) }, ...content);
  }

  show(open) {
    this.menu.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (open) this.menu.firstElementChild?.focus();
  }

  close() {
    this.show(false);
    this.button.focus();
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const entries = [...this.menu.children];
    entries[(entries.indexOf(document.activeElement) + step + entries.length) % entries.length].focus();
  }
}

function labels(row) {
  return [el("b", {}, `/${row.name}`), el("span", { dir: "auto" }, row.summary)];
}
