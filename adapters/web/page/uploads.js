// Files that wait in the composer: each is uploaded at once, a few at a time, and shows how far it is.

import { takeBack, Trouble, upload } from "./api.js";
import { bytes, el, icon } from "./dom.js";
import { isShowable, keepLocal, tile } from "./media.js";
import { troubleOf, words } from "./words.js";

const AT_ONCE = 3;
const TRIES = 3;

export class Uploads {
  // `limits` is what the server told; `changed` is called whenever the number of files changes.
  constructor(list, limits, { changed, complain }) {
    this.list = list;
    this.limits = limits;
    this.changed = changed;
    this.complain = complain;
    this.chips = [];
    this.running = 0;
    this.waiting = [];
  }

  get count() {
    return this.chips.length;
  }

  add(files) {
    const room = this.limits.files - this.count;
    if (files.length > room) this.complain(words.tooMany(this.limits.files));
    for (const file of [...files].slice(0, room)) this.addOne(file);
    this.show();
  }

  addOne(file) {
    const chip = new Chip(file, this);
    this.chips.push(chip);
    this.list.append(chip.node);
    if (file.size > this.limits.upload_bytes) chip.failed(words.tooLarge(bytes(this.limits.upload_bytes)), false);
    else this.enqueue(chip);
  }

  enqueue(chip) {
    this.waiting.push(chip);
    this.next();
  }

  next() {
    while (this.running < AT_ONCE && this.waiting.length) this.run(this.waiting.shift());
  }

  async run(chip) {
    this.running += 1;
    await chip.upload();
    this.running -= 1;
    this.next();
  }

  drop(chip) {
    this.chips = this.chips.filter((other) => other !== chip);
    this.waiting = this.waiting.filter((other) => other !== chip);
    chip.node.remove();
    this.show();
  }

  // Hand the files over to a message: the composer is free for the next one.
  take() {
    const chips = this.chips.filter((chip) => !chip.hopeless);
    this.chips = this.chips.filter((chip) => chip.hopeless);
    for (const chip of chips) chip.node.remove();
    this.show();
    return chips;
  }

  show() {
    this.list.hidden = this.count === 0;
    this.changed();
  }
}

class Chip {
  constructor(file, uploads) {
    this.file = file;
    this.uploads = uploads;
    this.hopeless = false;
    this.stop = () => {};
    this.stored = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    this.stored.catch(() => {});
    this.bar = el("progress", { max: 1, value: 0, "aria-label": file.name });
    this.told = el("span", { class: "chip-state" }, words.waiting);
    this.again = this.button("chip-again", words.retryFile(file.name), "retry", () => this.retry());
    this.again.hidden = true;
    const off = this.button("chip-off", words.remove(file.name), "close", () => this.remove());
    const title = `${file.name} · ${bytes(file.size)}`;
    this.node = el("li", { class: "chip", title }, this.preview(), this.bar, this.told, this.again, off);
  }

  button(kind, label, symbol, onclick) {
    return el("button", { class: kind, type: "button", "aria-label": label, onclick }, icon(symbol));
  }

  get hasFailed() {
    return this.node.dataset.state === "failed";
  }

  preview() {
    const facts = { name: this.file.name, mime: this.file.type };
    if (!isShowable(this.file.type)) return tile(facts);
    const image = el("img", { alt: this.file.name, src: URL.createObjectURL(this.file) });
    const forget = () => URL.revokeObjectURL(image.src);
    image.addEventListener("load", forget, { once: true });
    image.addEventListener("error", () => (forget(), image.replaceWith(tile(facts))), { once: true });
    return image;
  }

  async upload(tries = TRIES) {
    const sending = upload(this.file, (part) => this.progressed(part));
    this.stop = sending.stop;
    this.node.dataset.state = "uploading";
    try {
      this.done(await sending.done);
    } catch (trouble) {
      await this.stumbled(trouble, tries - 1);
    }
  }

  async stumbled(trouble, tries) {
    if (!(trouble instanceof Trouble)) throw trouble;
    if (trouble.code === "stopped") return;
    if (!trouble.passing || tries <= 0) {
      this.failed(trouble.passing ? words.uploadFailed : troubleOf(trouble), trouble.passing);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000 * (TRIES - tries)));
    await this.upload(tries);
  }

  progressed(part) {
    this.bar.value = part;
    this.told.textContent = words.uploading(Math.floor(part * 100));
  }

  done(stored) {
    keepLocal(stored.id, this.file);
    this.blob = stored.id;
    this.node.dataset.state = "done";
    this.bar.hidden = true;
    this.told.textContent = "";
    this.resolve({ blob: stored.id, name: stored.name, mime: stored.mime, size: stored.size });
  }

  failed(told, canRetry) {
    this.hopeless = !canRetry;
    this.node.dataset.state = "failed";
    this.bar.hidden = true;
    this.told.textContent = told;
    this.again.hidden = !canRetry;
    this.reject(new Trouble("upload_failed", 400));
  }

  retry() {
    this.again.hidden = true;
    this.bar.hidden = false;
    this.stored = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    this.stored.catch(() => {});
    this.uploads.enqueue(this);
  }

  remove() {
    this.stop();
    if (this.blob) takeBack(this.blob);
    this.uploads.drop(this);
  }
}
