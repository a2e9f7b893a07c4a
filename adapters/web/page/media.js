// Pictures, videos and files within a message.

import { fileAddress } from "./api.js";
import { bytes, clock, el, icon } from "./dom.js";
import { words } from "./words.js";

const SHOWABLE = new Set(["image/jpeg", "image/png", "image/webp", "image/gif"]);

// What was uploaded from this very page is shown from memory, not fetched again.
const local = new Map();

export function keepLocal(blob, file) {
  if (isShowable(file.type)) local.set(blob, URL.createObjectURL(file));
}

export const isShowable = (mime) => SHOWABLE.has(mime);

export function attachments(item, files) {
  if (!files.length) return null;
  const count = Math.min(files.length, 4);
  return el("div", { class: "attachments", "data-count": count }, ...files.map((file) => attachment(item, file)));
}

function attachment(item, file) {
  const address = local.get(file.blob) ?? fileAddress(item, file.blob);
  if (!isShowable(file.mime)) return tile(file);
  const image = el("img", { src: address, alt: file.name, loading: "lazy", decoding: "async" });
  const link = el("a", { class: "thumb", href: fileAddress(item, file.blob), target: "_blank", rel: "noopener" }, image);
  image.addEventListener("error", () => link.replaceWith(tile(file)), { once: true });
  return link;
}

// For what a browser cannot show (HEIC, videos, sound): what it is and what it is called.
export function tile(file) {
  const suffix = /\.([A-Za-z0-9]{1,5})$/.exec(file.name)?.[1] ?? file.mime.split("/")[1] ?? "";
  return el(
    "span",
    { class: "tile", title: file.name },
    icon(symbolOf(file)),
    el("b", {}, suffix.toUpperCase()),
    el("span", { class: "tile-name", dir: "auto" }, file.name),
  );
}

function symbolOf(file) {
  if (/^video\//.test(file.mime)) return "film";
  if (/^audio\//.test(file.mime)) return "sound";
  if (/^image\//.test(file.mime) || /\.hei[cf]$/i.test(file.name)) return "picture";
  return "paper";
}

export function video(item, body) {
  const address = fileAddress(item, body.file.blob);
  const player = el("video", {
    controls: true,
    playsinline: true,
    preload: "metadata",
    src: address,
    width: body.width,
    height: body.height,
    poster: body.poster ? fileAddress(item, body.poster) : null,
    "aria-label": body.text || words.video,
  });
  const frame = el("div", { class: body.height > body.width ? "player tall" : "player" }, player);
  const gone = () => frame.replaceChildren(el("p", { class: "gone" }, words.videoGone));
  player.addEventListener("error", gone, { once: true });
  return frame;
}

// What stands below a video: how long, how large, and the way to take it home.
export function facts(item, body) {
  const told = [clock(body.seconds), `${body.width} × ${body.height}`, bytes(body.file.size)].join(" · ");
  return el("div", { class: "facts" }, el("span", {}, told), download(item, body.file));
}

export function picture(item, body) {
  const address = fileAddress(item, body.file.blob);
  const image = el("img", { class: "picture", src: address, alt: body.alt });
  const link = el("a", { href: address, target: "_blank", rel: "noopener" }, image);
  const gone = () => link.replaceWith(el("p", { class: "gone" }, words.pictureGone, " ", body.alt));
  image.addEventListener("error", gone, { once: true });
  return link;
}

export function fileCard(item, body) {
  return el("div", { class: "facts card" }, tile(body.file), el("span", {}, bytes(body.file.size)), download(item, body.file));
}

function download(item, file) {
  const address = `${fileAddress(item, file.blob)}?download=1`;
  return el("a", { class: "quiet-button", href: address, download: file.name }, icon("download"), words.download);
}
