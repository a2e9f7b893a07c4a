// Where a message is made: text, files by button, camera, drop or paste, and what it replies to.

import { byId } from "./dom.js";
import { words } from "./words.js";

export class Composer {
  // `send(text, chips, replyTo)` takes the message over.
  constructor(uploads, hints, limits, { send, complain }) {
    this.uploads = uploads;
    this.hints = hints;
    this.limits = limits;
    this.send = send;
    this.complain = complain;
    this.replyTo = "";
    this.text = byId("text");
    this.form = byId("composer");
    this.wire();
    this.changed();
  }

  wire() {
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.submit()));
    this.text.addEventListener("input", () => this.changed());
    this.text.addEventListener("keydown", (event) => this.key(event));
    byId("reply-off").addEventListener("click", () => this.reply("", ""));
    this.wirePicker(byId("attach"), byId("files"));
    this.wirePicker(byId("camera"), byId("shot"));
    document.addEventListener("paste", (event) => this.paste(event));
    this.wireDrop(byId("drop"));
  }

  wirePicker(button, input) {
    button.addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      this.uploads.add([...input.files]);
      input.value = "";
      this.text.focus();
    });
  }

  wireDrop(overlay) {
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    let inside = 0; // enter and leave come for every element that is passed over
    const show = (change) => {
      inside = Math.max(0, change);
      overlay.hidden = inside === 0;
    };
    document.addEventListener("dragenter", (event) => hasFiles(event) && show(inside + 1));
    document.addEventListener("dragleave", (event) => hasFiles(event) && show(inside - 1));
    document.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
    document.addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      show(0);
      this.uploads.add([...event.dataTransfer.files]);
    });
  }

  paste(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    this.uploads.add(files);
  }

  key(event) {
    if (event.isComposing || this.hints.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape" && this.replyTo) {
      this.reply("", "");
    }
  }

  changed() {
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
    byId("send").disabled = !this.text.value.trim() && this.uploads.count === 0;
    this.hints.show(this.text.value);
  }

  write(text) {
    this.text.value = text;
    this.changed();
    this.text.focus();
  }

  reply(item, summary) {
    this.replyTo = item;
    byId("reply").hidden = !item;
    byId("reply-text").textContent = item ? words.replyTo(summary.slice(0, 100)) : "";
    this.text.focus();
  }

  submit() {
    const text = this.text.value.trim();
    if (text.length > this.limits.text_chars) {
      this.complain(words.tooLong(this.limits.text_chars));
      return;
    }
    const chips = this.uploads.take();
    if (!text && !chips.length) return;
    this.send(text, chips, this.replyTo);
    this.reply("", "");
    this.write("");
  }
}
