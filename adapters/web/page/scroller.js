// Keeps the newest message in sight, unless the person reads further up.

import { byId } from "./dom.js";

const NEAR = 120;

export class Scroller {
  constructor() {
    this.view = byId("scroller");
    this.button = byId("to-latest");
    this.atEnd = true;
    this.top = 0;
    this.log = byId("log");
    this.view.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.button.addEventListener("click", () => this.toEnd("smooth"));
    // Pictures and videos get their height late, the composer grows: stay where the person was.
    const resized = new ResizeObserver(() => this.atEnd && this.log.childElementCount && this.toEnd());
    resized.observe(this.log);
    resized.observe(this.view);
  }

  // Only a move upwards leaves the end: a video that grows below us moves nothing, and we follow it.
  scrolled() {
    const top = this.view.scrollTop;
    if (this.view.scrollHeight - top - this.view.clientHeight < NEAR) this.atEnd = true;
    else if (top < this.top) this.atEnd = false;
    this.top = top;
    if (this.atEnd) this.button.hidden = true;
  }

  keeping(change, first = false) {
    const stay = this.atEnd;
    change();
    if (stay || (first && this.view.scrollTop === 0)) this.toEnd();
    else this.button.hidden = false;
  }

  toEnd(behavior = "instant") {
    this.atEnd = true;
    this.view.scrollTo({ top: this.view.scrollHeight, behavior });
    this.button.hidden = true;
  }
}
