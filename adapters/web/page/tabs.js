// Several tabs of one chat: a hidden one does without its stream while another is looked at.

import { words } from "./words.js";

// A browser opens at most six connections to a host by HTTP/1.1: a seventh tab with a stream of its own would hang,
// and so would every upload. The last tab that was looked at keeps its stream, to tell of a finished video in its title.
export class Tabs {
  constructor(feed) {
    this.feed = feed;
    this.title = document.title;
    this.channel = new BroadcastChannel("photoreel");
    this.channel.onmessage = () => document.hidden && this.feed.close();
    document.addEventListener("visibilitychange", () => this.turned());
    if (!document.hidden) this.channel.postMessage("looked at");
  }

  turned() {
    if (document.hidden) return;
    document.title = this.title;
    this.channel.postMessage("looked at");
    this.feed.hurry();
  }

  news() {
    if (document.hidden) document.title = words.newTitle(this.title);
  }
}
