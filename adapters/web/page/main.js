// The page: opens the chat, and lets its parts know of each other.

import { Announcer } from "./announcer.js";
import { openChat, press, Trouble } from "./api.js";
import { Hints, Menu } from "./commands.js";
import { Composer } from "./composer.js";
import { ask, askForAccess, toast } from "./dialogs.js";
import { byId, el, uuid } from "./dom.js";
import { Feed } from "./feed.js";
import { Conversation } from "./messages.js";
import { Outbox } from "./outbox.js";
import { Samples } from "./samples.js";
import { Scroller } from "./scroller.js";
import { Tabs } from "./tabs.js";
import { Uploads } from "./uploads.js";
import { translate, troubleOf, words } from "./words.js";

const ANSWER_SECONDS = 20;
const ACTIVITY_SECONDS = 6;
const PATIENCE = 1200;

class Page {
  constructor(told) {
    this.presses = new Map();
    this.scroller = new Scroller();
    this.announcer = new Announcer(byId("whisper"));
    this.conversation = new Conversation(byId("log"), {
      press: (item, choice, button) => this.press(item, choice, button),
      reply: (item, summary) => this.composer.reply(item, summary),
      edited: (text) => this.announcer.changed(text),
    });
    this.outbox = new Outbox(byId("pending"), {
      refused: () => this.refused(),
      isShown: (item) => this.conversation.has(item),
    });
    this.makeComposer(told);
    this.feed = new Feed(this, told.beat_seconds);
    this.tabs = new Tabs(this.feed);
    window.addEventListener("online", () => this.hurry());
    window.addEventListener("offline", () => this.link("broken"));
    this.feed.open();
    this.outbox.work();
  }

  makeComposer(told) {
    const chosen = (row) => this.command(row);
    this.uploads = new Uploads(byId("chips"), told, { changed: () => this.composer?.changed(), complain: toast });
    const does = { send: (...message) => this.send(...message), complain: toast };
    this.composer = new Composer(this.uploads, new Hints(told.commands, chosen), told, does);
    const samples = new Samples(told.samples, this.uploads);
    new Menu(told.commands, chosen, { samples: told.samples.length && (() => samples.addAll()) });
    byId("ideas").replaceChildren(...words.ideas.map((text) => el("li", {}, this.idea(text))));
  }

  idea(text) {
    return el("button", { class: "choice", type: "button", onclick: () => this.composer.write(text) }, text);
  }

  // --- what the feed brings ---

  snapshot(items) {
    this.scroller.keeping(() => this.conversation.replace(items), true);
    for (const { item, body } of items) if (body.state === "sent") this.outbox.arrived(item);
    this.settle();
  }

  change(item, body) {
    if (body === null) this.scroller.keeping(() => this.conversation.remove(item));
    else if (body.kind === "notice") this.answered(body);
    else if (body.kind === "activity") this.typing();
    else this.scroller.keeping(() => this.conversation.put(item, body));
    if (body?.kind === "video") this.tabs.news();
    if (body && !["own", "activity", "notice"].includes(body.kind)) byId("typing").hidden = true; // here it is
    if (body?.state === "sent") this.outbox.arrived(item);
    this.settle();
  }

  settle() {
    this.outbox.show();
    byId("welcome").hidden = !this.conversation.isEmpty || this.outbox.entries.length > 0;
  }

  link(state) {
    clearTimeout(this.linkTimer);
    const show = () => {
      byId("link").dataset.state = state;
      const trouble = navigator.onLine ? words.reconnecting : words.offline;
      byId("link").textContent = state === "online" ? words.online : trouble;
    };
    if (state === "online") {
      show();
      this.outbox.hurry();
    } else this.linkTimer = setTimeout(show, PATIENCE); // a server that restarts is back before anybody need know
  }

  async refused() {
    this.feed.close();
    await askForAccess();
    await openChat();
    this.feed.open();
    this.outbox.hurry();
  }

  hurry() {
    this.feed.hurry();
    this.outbox.hurry();
  }

  typing() {
    byId("typing").hidden = false;
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => (byId("typing").hidden = true), ACTIVITY_SECONDS * 1000);
  }

  // --- what the person does ---

  send(text, chips, replyTo) {
    this.outbox.post(text, chips, replyTo);
    this.settle();
    this.scroller.toEnd();
  }

  command(row) {
    if (row.takes_text) this.composer.write(`/${row.name} `);
    else {
      this.composer.write("");
      this.send(`/${row.name}`, [], "");
    }
  }

  async press(item, choice, button) {
    const text = choice.asks ? await ask(choice.asks) : "";
    if (text === null || button.getAttribute("aria-busy")) return;
    const id = uuid();
    button.setAttribute("aria-busy", "true");
    this.presses.set(id, button);
    setTimeout(() => this.release(id), ANSWER_SECONDS * 1000);
    try {
      await press({ id, message: item, token: choice.token, text });
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      this.release(id);
      toast(troubleOf(trouble));
    }
  }

  answered(notice) {
    if (this.presses.has(notice.press) && notice.text) toast(notice.text);
    this.release(notice.press);
  }

  release(id) {
    this.presses.get(id)?.removeAttribute("aria-busy");
    this.presses.delete(id);
  }
}

async function open() {
  byId("link").textContent = words.connecting;
  for (;;) {
    try {
      return await openChat();
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      if (trouble.status === 401) await askForAccess();
      else await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}

translate(document);
new Page(await open());
