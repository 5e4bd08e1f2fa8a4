// How fresh the page is, as its head says: live; so many seconds behind while the feed is sought; not live since a time.
import { now, text, timeOfDay } from "./words.js";

const LOST_MS = 20000;
const TICK_MS = 1000;

export class Freshness {
  #since;
  #ticking;
  #lost;

  // `lost` is called once with the time when the page has been behind for too long.
  constructor(lost = () => {}) {
    this.#lost = lost;
    document.getElementById("live").hidden = false;
  }

  found() {
    clearInterval(this.#ticking);
    this.#since = undefined;
    show("live", text("board.live.live"));
  }

  lose(since) {
    if (this.#since !== undefined) return;
    this.#since = since;
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
  }

  #tick() {
    const behind = now() - this.#since;
    if (behind < LOST_MS) return show("old", text("board.live.behind", { seconds: Math.max(1, Math.round(behind / 1000)) }));
    clearInterval(this.#ticking);
    const time = timeOfDay(this.#since);
    show("lost", text("board.live.lost", { time }));
    this.#lost(time);
  }
}

function show(state, words) {
  const live = document.getElementById("live");
  if (!live) return;
  if (state === "live") delete live.dataset.state;
  else live.dataset.state = state;
  live.textContent = words;
}
