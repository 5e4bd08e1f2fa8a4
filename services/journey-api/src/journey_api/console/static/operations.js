// <handoff-operations>: the page follows the feed of clocks; a part under the pointer or the focus waits.
import { Freshness } from "./live.js";
import { say } from "./words.js";

const GATHER_MS = 300;
const APART_MS = 2000;
const ANEW_MS = 30000;
const RETRY_MS = [1000, 2000, 4000, 8000, 15000, 30000];

class HandoffOperations extends HTMLElement {
  #tries = 0;
  #shown = 0;

  connectedCallback() {
    this.#follow();
    this.regular = setInterval(() => this.refresh(), ANEW_MS);
    this.addEventListener("handoff:stale", () => this.#later());
  }

  disconnectedCallback() {
    this.feed?.close();
    clearInterval(this.regular);
  }

  #follow() {
    this.fresh = new Freshness();
    this.feed = new EventSource(this.dataset.feed);
    this.feed.addEventListener("open", () => this.#found());
    this.feed.addEventListener("error", () => this.#lose());
    for (const kind of ["warning", "breached", "met", "escalated"]) this.feed.addEventListener(kind, () => this.#later());
  }

  #found() {
    this.#tries = 0;
    this.fresh.found();
    // what is said of the line; what an act was refused for stays
    document.querySelector("#connection > [role=status]")?.remove();
  }

  #lose() {
    this.fresh.lose();
    if (this.feed.readyState !== EventSource.CLOSED) return;
    // refused: its place is no longer kept, or the session ended; the page as it is now says which
    const pause = RETRY_MS[Math.min(this.#tries++, RETRY_MS.length - 1)];
    clearTimeout(this.retrying);
    this.retrying = setTimeout(async () => ((await this.refresh()) ? location.reload() : this.#lose()), pause);
  }

  #later() {
    if (this.gathering) return;
    const pause = Math.max(GATHER_MS, this.#shown + APART_MS - performance.now());
    this.gathering = setTimeout(() => this.refresh(), pause);
  }

  // Shows the parts of the page that follow time as they are now; answers whether the server did.
  async refresh() {
    this.gathering = undefined;
    this.#shown = performance.now();
    try {
      // an address without a query would lead to the filters chosen last, perhaps on another page
      const answer = await fetch(location.search ? location.href : "?live", { redirect: "manual" });
      if (!answer.ok) return answer.type === "opaqueredirect";
      this.#apply(new DOMParser().parseFromString(await answer.text(), "text/html"));
      return true;
    } catch {
      return false;
    }
  }

  #apply(page) {
    const before = this.querySelectorAll("#late [id^=timer-]").length;
    for (const part of this.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(part.id);
      if (!fresh || part.matches(":hover") || part.contains(document.activeElement)) continue;
      const live = part.querySelector("#live");
      if (live) fresh.querySelector("#live")?.replaceWith(live);
      if (part.innerHTML !== fresh.innerHTML) part.replaceChildren(...document.adoptNode(fresh).childNodes);
    }
    const after = this.querySelectorAll("#late [id^=timer-]").length;
    if (after !== before) say(this.querySelector("#statement")?.textContent.trim() ?? "");
  }
}

customElements.define("handoff-operations", HandoffOperations);
