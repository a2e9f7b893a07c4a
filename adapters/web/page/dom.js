// Making elements. Text goes in as text nodes only: nothing that anybody wrote is ever read as markup.

export const byId = (id) => document.getElementById(id);

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const ICONS = {
  close: "m6 6 12 12M18 6 6 18",
  download: "M12 4v11m-5-4.5 5 5 5-5M5 20h14",
  reply: "m10 6-5 5 5 5M5 11h8a6 6 0 0 1 6 6v1",
  retry: "M19 12a7 7 0 1 1-2.2-5.100M19 4v4h-4",
  film: "M4 5h16v14H4zM8 5v14M16 5v14M4 12h4M16 12h4",
  sound: "M9 18V6l10-2v11M9 18a2.5 2.5 0 1 1-2.5-2.500H9M19 15a2.5 2.5 0 1 1-2.5-2.500H19",
  paper: "M7 3h7l4 4v14H7zM14 3v4h4",
  picture: "M4 5h16v14H4zM4 16l5-4 3.5 3 3.5-3 4 4",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

// What a message says: plain text with https links, in lines as they were written.
export function richText(text) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(/https:\/\/[^\s<>"'`]+/g)) {
    const address = found[0].replace(/[.,;:!?)\]}…»”’]+$/u, "");
    if (!isLink(address)) continue;
    parts.push(text.slice(at, found.index));
    parts.push(el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, address));
    at = found.index + address.length;
  }
  parts.push(text.slice(at));
  return parts.filter((part) => part !== "");
}

function isLink(address) {
  return URL.canParse(address) && new URL(address).protocol === "https:";
}

export function bytes(size) {
  if (size < 1000) return `${size} B`;
  const unit = size < 1e6 ? "kB" : size < 1e9 ? "MB" : "GB";
  const value = size / { kB: 1e3, MB: 1e6, GB: 1e9 }[unit];
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

export function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// Ids: randomUUID exists in secure contexts only, and a page in the local network by http is none.
export function uuid() {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
