// <handoff-operations>: the page follows the feed of clocks; a part under the pointer or the focus waits.
import { Feed } from "./feed.js";
import { Freshness } from "./live.js";
import { fitWall } from "./wall.js";
import { say } from "./words.js";

const GATHER_MS = 300;
const APART_MS = 2000;
const ANEW_MS = 30000;

class HandoffOperations extends HTMLElement {
  #shown = 0;

  connectedCallback() {
    this.#follow();
    this.regular = setInterval(() => this.refresh(), ANEW_MS);
    this.addEventListener("handoff:stale", () => this.#later());
    addEventListener("resize", fitWall);
    document.fonts.ready.then(fitWall);
    fitWall();
  }

  disconnectedCallback() {
    this.feed?.close();
    clearInterval(this.regular);
    removeEventListener("resize", fitWall);
  }

  #follow() {
    this.fresh = new Freshness();
    const heard = () => this.#later();
    this.feed = new Feed(this.dataset.feed, {
      found: () => this.#found(),
      lost: (since) => this.fresh.lose(since),
      refused: async () => ((await this.refresh()) ? location.reload() : this.feed.later()),
      events: { warning: heard, breached: heard, met: heard, escalated: heard },
    });
  }

  #found() {
    this.fresh.found();
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
      // a page whose period cannot be is 422, and follows time all the same
      if (!answer.ok && answer.status !== 422) return answer.type === "opaqueredirect";
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
    fitWall();
    const after = this.querySelectorAll("#late [id^=timer-]").length;
    if (after !== before) say(this.querySelector("#statement")?.textContent.trim() ?? "");
  }
}

customElements.define("handoff-operations", HandoffOperations);
