// The way back from the server: one event stream that resumes where it was, over restarts, sleep and lost networks.

const SILENT_BEATS = 3;
const SLOWEST = 10000;

export class Feed {
  // `on` has snapshot(items), change(item, body), link(state) and refused(), which is called when the stream was refused.
  constructor(on, beatSeconds) {
    this.on = on;
    this.silence = beatSeconds * 1000 * SILENT_BEATS;
    this.cursor = "";
    this.pause = 500;
    this.source = null;
    this.watch = 0;
  }

  open() {
    this.close();
    this.link("connecting");
    const address = this.cursor ? `/api/events?after=${encodeURIComponent(this.cursor)}` : "/api/events";
    const source = new EventSource(address);
    this.source = source;
    source.onopen = () => this.heard();
    source.addEventListener("beat", () => this.heard());
    source.addEventListener("snapshot", (event) => {
      this.heard(event);
      this.on.snapshot(JSON.parse(event.data).items);
    });
    source.addEventListener("change", (event) => {
      this.heard(event);
      const { item, body } = JSON.parse(event.data);
      this.on.change(item, body);
    });
    source.onerror = () => this.broken(source);
    this.expect();
  }

  close() {
    clearTimeout(this.watch);
    this.source?.close();
    this.source = null;
  }

  link(state) {
    if (state === this.state) return;
    this.state = state;
    this.on.link(state);
  }

  heard(event) {
    if (event) this.cursor = event.lastEventId;
    this.pause = 500;
    this.link("online");
    this.expect();
  }

  // A connection can be dead without anybody saying so (a laptop that slept): no beat for long means open anew.
  expect() {
    clearTimeout(this.watch);
    this.watch = setTimeout(() => this.open(), this.silence);
  }

  broken(source) {
    if (source !== this.source) return;
    this.link("broken");
    // The browser reconnects by itself after a cut, but not to an address that is refused at the moment.
    this.close();
    this.watch = setTimeout(() => this.again(), this.pause);
    this.pause = Math.min(this.pause * 2, SLOWEST);
  }

  async again() {
    const answer = await fetch("/api/chat", { method: "POST" }).catch(() => null);
    if (answer?.status === 401) this.on.refused();
    else this.open();
  }

  // Something tells that the network may be back: do not wait any longer.
  hurry() {
    if (this.source === null) this.open();
  }
}
