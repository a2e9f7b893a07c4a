// What a screen reader is told of a message that changes all the time: the latest wording, now and then.

const QUIET = 1500;
const GAP = 10000;

export class Announcer {
  constructor(region) {
    this.region = region;
    this.timer = 0;
    this.last = 0;
    this.text = "";
  }

  changed(text) {
    this.text = text;
    if (this.timer) return;
    const wait = Math.max(QUIET, this.last + GAP - Date.now());
    this.timer = setTimeout(() => this.say(), wait);
  }

  say() {
    this.timer = 0;
    this.last = Date.now();
    this.region.textContent = this.text.slice(-300);
  }
}
