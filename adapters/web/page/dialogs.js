// The two questions that the page puts by itself, and the short notices at its edge.

import { login, Trouble } from "./api.js";
import { byId, el } from "./dom.js";
import { troubleOf } from "./words.js";

const NOTICE_SECONDS = 6;

// What a button asks for, as a text; null if the person thinks better of it.
export function ask(question) {
  const dialog = byId("ask");
  const text = byId("ask-text");
  byId("ask-question").textContent = question;
  text.value = "";
  dialog.showModal();
  return new Promise((resolve) => {
    const done = new AbortController();
    const finish = (value) => (done.abort(), dialog.close(), resolve(value));
    const on = (target, name, does) => target.addEventListener(name, does, { signal: done.signal });
    on(dialog, "submit", (event) => (event.preventDefault(), finish(text.value.trim())));
    on(dialog, "cancel", (event) => (event.preventDefault(), finish(null)));
    on(byId("ask-off"), "click", () => finish(null));
    on(text, "keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      if (text.value.trim()) finish(text.value.trim());
    });
  });
}

// Ask for the access token until it is the right one.
export function askForAccess() {
  const dialog = byId("login");
  if (dialog.open) return new Promise(() => {}); // it is being asked for already, and whoever asked goes on
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.oncancel = (event) => event.preventDefault();
    dialog.onsubmit = async (event) => {
      event.preventDefault();
      if (!(await tryToken())) return;
      dialog.close();
      byId("text").focus(); // the browser would go back to where nobody was
      resolve();
    };
  });
}

async function tryToken() {
  const input = byId("login-token");
  try {
    await login(input.value);
    input.value = "";
    byId("login-trouble").textContent = "";
    return true;
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    byId("login-trouble").textContent = troubleOf(trouble);
    input.select();
    return false;
  }
}

export function toast(text) {
  const notice = el("p", { class: "toast", dir: "auto" }, text);
  byId("toasts").append(notice);
  setTimeout(() => notice.remove(), NOTICE_SECONDS * 1000);
}
