// <handoff-countdown due-at state>: goes on from what the server counted, by the server's time.
import { now, say, text } from "./words.js";

const SHAPES = {
  running: ["15", "M18 11.500V18l4 2.500"],
  warning: ["14.5", "M18 10.500v9M18 24.400v.2"],
};
const DISC = '<circle class="disc" cx="18" cy="18" r="15.500"/><path class="glyph" d="M18 11.500v13M11.500 18h13"/>';

class HandoffCountdown extends HTMLElement {
  static observedAttributes = ["data-at", "state"];

  connectedCallback() {
    ticking.add(this);
    this.draw();
  }

  disconnectedCallback() {
    ticking.delete(this);
  }

  attributeChangedCallback() {
    this.drawn = undefined;
    if (this.isConnected) this.draw();
  }

  draw() {
    const state = this.getAttribute("state");
    if (!this.dataset.at || state === "paused" || state === "met") return;
    const at = now();
    if (this.dataset.turns && at >= Date.parse(this.dataset.turns)) return this.turn();
    if (state === "closed") return;
    if (state === "breached" || at > Date.parse(this.getAttribute("due-at"))) return this.late(at);
    const left = Math.max(Number(this.dataset.seconds) - (at - Date.parse(this.dataset.at)) / 1000, 0);
    const share = Number(this.dataset.total) ? Math.min(100, Math.round((100 * left) / Number(this.dataset.total))) : 0;
    this.become(share <= Number(this.dataset.warns) ? "warning" : "running");
    this.querySelector(".arc")?.setAttribute("stroke-dasharray", `${share} 100`);
    if (!this.dataset.days) this.say(...duration(left));
  }

  late(at) {
    this.become("breached");
    const [number, unit] = duration(Math.max(at - Date.parse(this.getAttribute("due-at")), 0) / 1000);
    this.say(number, text("countdown.over", { unit }).trim());
  }

  // The hours end or begin: what is left then only the server knows.
  turn() {
    delete this.dataset.turns;
    this.dispatchEvent(new CustomEvent("handoff:stale", { bubbles: true }));
  }

  become(state) {
    if (this.getAttribute("state") === state) return;
    const ring = this.querySelector(".ring");
    if (state === "breached") {
      ring.innerHTML = DISC;
      this.querySelector(".by").textContent = this.dataset.late;
    } else {
      const [radius, glyph] = SHAPES[state];
      ring.querySelector(".arc")?.setAttribute("r", radius);
      ring.querySelector(".glyph")?.setAttribute("d", glyph);
    }
    this.dataset.state = state;
    this.setAttribute("state", state);
    const title = this.closest(".task")?.querySelector("h3")?.textContent.trim();
    if (title) say(text("board.live.state", { title, state: this.querySelector(".by").textContent }));
  }

  say(number, unit) {
    const words = `${number} ${unit}`;
    if (words === this.drawn) return;
    this.drawn = words;
    const left = this.querySelector(".left");
    left.textContent = number;
    if (unit) {
      const small = document.createElement("small");
      small.textContent = unit;
      left.append(" ", small);
    }
  }
}

function duration(seconds) {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) {
    const count = Math.floor(hours / 24);
    return [String(count), text("countdown.days", { count })];
  }
  if (hours) return [text("countdown.hours", { hours, minutes: String(minutes % 60).padStart(2, "0") }), ""];
  return [String(minutes), text("countdown.minutes")];
}

const ticking = new Set();
setInterval(() => ticking.forEach((one) => one.draw()), 1000);
customElements.define("handoff-countdown", HandoffCountdown);
