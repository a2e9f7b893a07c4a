// The conversation as it stands: one element per item of the feed, changed in place.

import { bytes, el, icon, richText } from "./dom.js";
import { attachments, facts, fileCard, picture, video } from "./media.js";
import { words } from "./words.js";

const SHOWN = new Set(["text", "picture", "video", "file", "own"]);
const timeFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export class Conversation {
  // `does` has press(item, button, element), reply(item, words) and edited(text).
  constructor(log, does) {
    this.log = log;
    this.does = does;
    this.views = new Map();
  }

  get isEmpty() {
    return this.views.size === 0;
  }

  has(item) {
    return this.views.has(item);
  }

  // A snapshot replaces all there is; what did not change keeps its element, so that a playing video plays on.
  replace(items) {
    this.log.setAttribute("aria-busy", "true");
    const shown = items.filter(({ body }) => SHOWN.has(body.kind));
    const names = new Set(shown.map(({ item }) => item));
    for (const item of [...this.views.keys()]) if (!names.has(item)) this.remove(item);
    for (const { item, body } of shown) this.put(item, body);
    for (const [place, { item }] of shown.entries()) {
      const { node } = this.views.get(item);
      if (this.log.children[place] !== node) this.log.insertBefore(node, this.log.children[place] ?? null);
    }
    this.log.removeAttribute("aria-busy");
  }

  put(item, body) {
    if (!SHOWN.has(body.kind)) return;
    const view = this.views.get(item);
    if (view) this.change(view, body);
    else this.add(item, body);
  }

  remove(item) {
    this.views.get(item)?.node.remove();
    this.views.delete(item);
  }

  add(item, body) {
    const view = new MessageView(item, this);
    view.show(body);
    this.views.set(item, view);
    this.log.append(view.node);
  }

  change(view, body) {
    const before = view.body;
    view.show(body);
    if (body.kind === "text" && before.text !== body.text) {
      view.text.setAttribute("aria-live", "off"); // its changes are told by the announcer, not one by one
      this.does.edited(body.text);
    }
  }

  summary(item) {
    const body = this.views.get(item)?.body;
    if (!body) return "";
    return body.text || (body.kind === "video" ? words.video : body.files?.[0]?.name) || words.photo;
  }

  find(item) {
    return this.views.get(item)?.node;
  }
}

class MessageView {
  constructor(item, conversation) {
    this.item = item;
    this.conversation = conversation;
    this.body = null;
    this.media = el("div", { class: "media" });
    const goToQuoted = () => this.goToQuoted();
    this.quote = el("button", { class: "quote", type: "button", hidden: true, dir: "auto", onclick: goToQuoted });
    this.text = el("div", { class: "text", dir: "auto" });
    this.progress = el("progress", { max: 100, hidden: true, "aria-label": words.progress });
    this.facts = el("div", {});
    this.choices = el("div", { class: "choices" });
    this.foot = el("div", { class: "foot" });
    this.node = el("article", { class: "message", id: `item-${item}`, tabindex: -1 });
    const bubble = el("div", { class: "bubble" }, this.quote, this.media, this.text, this.progress, this.facts);
    this.node.append(bubble, this.choices, this.foot);
  }

  show(body) {
    const before = this.body;
    if (before && JSON.stringify(before) === JSON.stringify(body)) return;
    this.body = body;
    this.node.dataset.by = body.kind === "own" ? "you" : "bot";
    this.node.dataset.kind = body.kind;
    if (mediaKey(before) !== mediaKey(body)) this.showMedia(body);
    if (before?.text !== body.text) this.showText(body);
    if (JSON.stringify(before?.choices) !== JSON.stringify(body.choices)) this.showChoices(body.choices ?? []);
    if (before?.kind !== body.kind || before?.state !== body.state) this.showFoot(body);
    this.showQuote(body.reply_to);
  }

  showMedia(body) {
    this.media.replaceChildren(...[mediaOf(this.item, body)].filter(Boolean));
    this.facts.replaceChildren(...(body.kind === "video" ? [facts(this.item, body)] : []));
  }

  showText(body) {
    this.text.hidden = !body.text;
    this.text.replaceChildren(...richText(body.text));
    const percent = body.kind === "text" ? percentIn(body.text) : null;
    this.progress.hidden = percent === null;
    if (percent !== null) this.progress.value = percent;
    this.node.classList.toggle("working", body.kind === "text" && isWorking(body.text));
  }

  showChoices(choices) {
    const focused = this.choices.contains(document.activeElement);
    this.choices.replaceChildren(...choices.map((choice) => this.button(choice)));
    if (focused) (this.choices.firstElementChild ?? this.node).focus();
  }

  button(choice) {
    const asks = choice.asks ? { "aria-haspopup": "dialog" } : {};
    const press = () => this.conversation.does.press(this.item, choice, button);
    const button = el("button", { class: "choice", type: "button", dir: "auto", onclick: press, ...asks }, choice.label);
    return button;
  }

  showFoot(body) {
    const who = body.kind === "own" ? words.messagesOf.you : words.messagesOf.bot;
    const time = new Date(body.time);
    const stamp = el("time", { datetime: time.toISOString() }, timeFormat.format(time));
    const state = body.state === "sending" ? el("span", {}, words.sending) : null;
    this.foot.replaceChildren(el("b", { class: "unseen" }, `${who}, `), stamp, ...[state, this.replyButton(body)].filter(Boolean));
  }

  replyButton(body) {
    if (body.kind !== "video" && !body.files?.length) return null;
    const reply = () => this.conversation.does.reply(this.item, this.conversation.summary(this.item));
    return el("button", { class: "foot-button", type: "button", onclick: reply }, icon("reply"), words.reply);
  }

  showQuote(quoted) {
    const summary = quoted ? this.conversation.summary(quoted) : "";
    this.quote.hidden = !summary;
    this.quote.textContent = summary.slice(0, 120);
  }

  goToQuoted() {
    const node = this.conversation.find(this.body.reply_to);
    node?.scrollIntoView({ block: "center", behavior: "smooth" });
    node?.focus({ preventScroll: true });
  }
}

function mediaOf(item, body) {
  if (body.kind === "video") return video(item, body);
  if (body.kind === "picture") return picture(item, body);
  if (body.kind === "file") return fileCard(item, body);
  return attachments(item, body.files ?? []);
}

function mediaKey(body) {
  return body && JSON.stringify([body.kind, body.file?.blob, body.poster, body.files?.map((file) => file.blob)]);
}

// "Rendering 40 % · about 20 s left" is progress, below whatever the agent has said; a sentence with a percentage in it is a
// sentence: it ends like one.
export function percentIn(text) {
  const found = /^[^\n]{0,60}?\b(\d{1,3})\s?%(?: · [^\n]{1,60})?$/u.exec(lastParagraph(text));
  return found && Number(found[1]) <= 100 ? Number(found[1]) : null;
}

export function isWorking(text) {
  const last = lastParagraph(text);
  return last.length < 120 && /((…|\.\.\.)(\s*[(（][^()（）]*[)）])?|\d\s?%)( · .*)?$/.test(last);
}

function lastParagraph(text) {
  return text.trim().split("\n\n").at(-1);
}

// A message that is on its way: it stands below the others until it is one of them.
export function pendingView(entry, does) {
  const failed = entry.state === "failed";
  const buttons = failed ? [action(words.retry, does.retry), action(words.discard, does.discard)] : [];
  const files = entry.chips
    ? [el("ul", { class: "chips" }, ...entry.chips.map((chip) => chip.node))]
    : entry.files.map((file) => fileLine(file));
  return el(
    "article",
    { class: "message pending", "data-by": "you", "data-state": entry.state },
    el("div", { class: "bubble" }, ...files, el("div", { class: "text", dir: "auto" }, ...richText(entry.text))),
    el("div", { class: "foot", role: "status" }, entry.told, " ", ...buttons),
  );
}

function fileLine(file) {
  return el("span", { class: "pending-file", dir: "auto" }, `${file.name} · ${bytes(file.size)}`);
}

function action(label, onclick) {
  return el("button", { class: "foot-button", type: "button", onclick }, label);
}
