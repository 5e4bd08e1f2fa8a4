// A feed that is sought again when its line hangs: the server is heard at least every 15 seconds.
import { now } from "./words.js";

const SILENT_MS = 18000;
const RETRY_MS = [1000, 2000, 4000, 8000, 15000, 30000];

export class Feed {
  #address;
  #on;
  #source;
  #cursor;
  #heard = now();
  #tries = 0;

  // `found` and `lost(since)` say how the line is; `refused` is called a while after the server has ended the feed: its
  // place is no longer kept, or the session is over. `events` has what hears each kind of record.
  constructor(address, on) {
    this.#address = address;
    this.#on = on;
    this.#connect();
  }

  close() {
    clearTimeout(this.watch);
    clearTimeout(this.retrying);
    this.#source.close();
  }

  // Asks once more, later than the last time, what has become of a feed that was refused.
  later() {
    const pause = RETRY_MS[Math.min(this.#tries++, RETRY_MS.length - 1)];
    clearTimeout(this.retrying);
    this.retrying = setTimeout(() => this.#on.refused(), pause);
  }

  #connect() {
    const address = new URL(this.#address, location.href);
    address.searchParams.set("heartbeat", "event");
    if (this.#cursor) address.searchParams.set("cursor", this.#cursor);
    this.#source = new EventSource(address);
    this.#source.addEventListener("open", (event) => this.#open(event));
    this.#source.addEventListener("error", () => this.#error());
    this.#source.addEventListener("heartbeat", (event) => this.#hear(event));
    for (const [name, hear] of Object.entries(this.#on.events)) {
      this.#source.addEventListener(name, (event) => {
        this.#hear(event);
        hear(event);
      });
    }
    this.#listen();
  }

  #open(event) {
    this.#tries = 0;
    this.#hear(event);
    this.#on.found();
  }

  #hear(event) {
    this.#heard = now();
    if (event.lastEventId) this.#cursor = event.lastEventId;
    this.#listen();
  }

  #listen() {
    clearTimeout(this.watch);
    this.watch = setTimeout(() => this.#hangs(), SILENT_MS);
  }

  #hangs() {
    this.#source.close();
    this.#on.lost(this.#heard);
    this.#connect();
  }

  #error() {
    this.#on.lost(now());
    if (this.#source.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.watch);
    this.later();
  }
}
