// Messages on their way: sent in order, tried again with the same id until they are taken, kept over a reload.

import { sendMessage, Trouble } from "./api.js";
import { uuid } from "./dom.js";
import { pendingView } from "./messages.js";
import { troubleOf, words } from "./words.js";

const KEPT = "photoreel.outbox";
const PAUSES = [1000, 2000, 4000, 8000, 15000];

export class Outbox {
  // `refused` is called when the server does not know us any more; `isShown` tells whether the feed shows an item.
  constructor(area, { refused, isShown }) {
    this.area = area;
    this.refused = refused;
    this.isShown = isShown;
    this.entries = restore();
    this.busy = false;
    this.wake = () => {};
    this.show();
  }

  // `chips` are files of the composer, perhaps still being uploaded.
  post(text, chips, replyTo) {
    const files = chips.map((chip) => ({ name: chip.file.name, size: chip.file.size }));
    const told = chips.length ? words.uploadsOpen : words.sending;
    this.entries.push({ id: uuid(), text, files, chips, reply_to: replyTo, state: "waiting", told });
    this.show();
    this.work();
  }

  // It has arrived, whether the server said so or the feed shows it.
  arrived(item) {
    this.entries = this.entries.filter((entry) => itemOf(entry) !== item);
    this.show();
  }

  hurry() {
    for (const entry of this.entries) entry.tries = 0;
    this.wake();
    this.work();
  }

  async work() {
    if (this.busy) return;
    this.busy = true;
    let entry;
    while ((entry = this.entries.find((one) => one.state !== "failed"))) await this.send(entry);
    this.busy = false;
  }

  async send(entry) {
    try {
      await this.settleFiles(entry);
      const files = entry.files.map((file) => file.blob);
      await sendMessage({ id: entry.id, text: entry.text, files, reply_to: entry.reply_to });
      this.arrived(itemOf(entry));
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      await this.stumbled(entry, trouble);
    }
  }

  async settleFiles(entry) {
    if (!entry.chips) return;
    entry.files = await Promise.all(entry.chips.map((chip) => chip.stored));
    entry.chips = null;
    this.tell(entry, words.sending);
  }

  async stumbled(entry, trouble) {
    if (trouble.status === 401) this.refused();
    if (!trouble.passing && trouble.status !== 401) {
      entry.state = "failed";
      this.tell(entry, `${words.notSent} ${troubleOf(trouble)}`);
      return;
    }
    entry.tries = (entry.tries ?? 0) + 1;
    this.tell(entry, words.notSentYet);
    await this.rest(PAUSES[Math.min(entry.tries, PAUSES.length) - 1]);
  }

  rest(pause) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pause);
      this.wake = () => (clearTimeout(timer), resolve());
    });
  }

  retry(entry) {
    entry.state = "waiting";
    for (const chip of entry.chips ?? []) if (chip.hasFailed) chip.retry();
    this.tell(entry, words.sending);
    this.work();
  }

  discard(entry) {
    this.entries = this.entries.filter((other) => other !== entry);
    this.show();
  }

  tell(entry, told) {
    entry.told = told;
    this.show();
  }

  show() {
    const visible = this.entries.filter((entry) => !this.isShown(itemOf(entry)));
    this.area.replaceChildren(
      ...visible.map((entry) => {
        return pendingView(entry, { retry: () => this.retry(entry), discard: () => this.discard(entry) });
      }),
    );
    const whole = this.entries.filter((entry) => !entry.chips); // files that are not up yet cannot be kept
    sessionStorage.setItem(KEPT, JSON.stringify(whole));
  }
}

const itemOf = (entry) => `m-${entry.id}`;

function restore() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
  return kept.map((entry) => ({ ...entry, chips: null, tries: 0 }));
}
