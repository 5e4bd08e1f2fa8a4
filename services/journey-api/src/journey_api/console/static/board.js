// <handoff-board>: rows follow the feed; nothing moves under the pointer or the focus, order changes in idle moments.
import { heldTasks, isHeld } from "./actions.js";
import { restoreDrafts } from "./drafts.js";
import { Feed } from "./feed.js";
import { Freshness } from "./live.js";
import { clearNotice, showNotice } from "./notices.js";
import { say, text } from "./words.js";

const GATHER_MS = 120;
const APART_MS = 400;
const IDLE_MS = 2500;
const HELD_MS = 10000;
const SELECTED = ".task[id^=task-]:has([aria-current])";
const wide = matchMedia("(min-width: 75.01rem)");
const rowOf = (id) => document.getElementById(`task-${id}`);
const idOf = (row) => row.id.slice("task-".length);
const titleOf = (row) => row.querySelector("h3").textContent.trim();
const html = (element) => element.outerHTML;

class HandoffBoard extends HTMLElement {
  lost = false;
  #changed = new Set();
  #later = new Map();
  #fetched = new Map();
  #flushed = 0;
  #inHand = "";
  #showing;
  #releasing;
  #asked = 0;
  #said = 0;

  connectedCallback() {
    this.#inHand = this.selected;
    this.#follow();
    this.addEventListener("click", (event) => this.#click(event));
    this.addEventListener("handoff:stale", (event) => {
      const row = event.target.closest(".task[id^=task-]");
      this.#note(row ? idOf(row) : this.selected);
    });
    for (const kind of ["pointermove", "keydown", "focusin"]) document.addEventListener(kind, () => this.#wait(), { passive: true });
    this.addEventListener("pointerout", () => this.#catchUp());
    this.addEventListener("focusout", () => this.#catchUp());
    this.addEventListener("change", (event) => event.target.matches(".pick") && this.#count());
    this.#count();
  }

  get rows() {
    return [...this.querySelectorAll(".lane .task[id^=task-]:not([hidden])")];
  }

  get current() {
    return this.querySelector(".task[data-selected]:not([hidden])") ?? this.rows[0];
  }

  get selected() {
    return document.getElementById("panel")?.dataset.task ?? "";
  }

  get pressed() {
    return this.matches(":active") && !document.getElementById("panel")?.matches(":active");
  }

  // ---- the feed

  #follow() {
    this.fresh = new Freshness((time) => this.#lost(time));
    this.feed = new Feed(this.dataset.feed, {
      found: () => this.#found(),
      lost: (since) => this.fresh.lose(since),
      refused: () => this.retry(),
      events: { task: (event) => this.#note(JSON.parse(event.data).task.task_id) },
    });
  }

  #found() {
    this.lost = false;
    this.fresh.found();
    clearNotice("line");
    for (const button of this.#buttons()) button.removeAttribute("aria-disabled");
    // what changed just before the line broke, and could not be read
    if (this.#changed.size && !this.gathering) this.#flush();
  }

  #lost(time) {
    this.lost = true;
    this.#notice(time);
    for (const button of this.#buttons()) button.setAttribute("aria-disabled", "true");
  }

  // The page as it is now says what follows of a feed that is not found.
  async retry() {
    try {
      const answer = await fetch(this.dataset.changes, { redirect: "manual" });
      if (answer.type === "opaqueredirect" || answer.ok) location.reload();
      else this.feed.later();
    } catch {
      this.feed.later();
    }
  }

  #notice(time) {
    const box = document.createElement("div");
    box.dataset.kind = "lost";
    box.setAttribute("role", "status");
    const words = document.createElement("div");
    const title = document.createElement("strong");
    title.textContent = text("board.live.lost_title", { time });
    const detail = document.createElement("p");
    detail.textContent = text("board.live.lost_detail");
    words.append(title, detail);
    const again = document.createElement("button");
    again.className = "btn";
    again.textContent = text("board.live.retry");
    again.addEventListener("click", () => this.retry());
    box.append(words, again);
    showNotice("line", box);
  }

  #buttons() {
    return this.querySelectorAll("form[data-action] button, [data-do]");
  }

  // ---- what has changed

  #note(id) {
    if (!id) return;
    this.#changed.add(id);
    this.#fetched.clear();
    if (this.gathering) return;
    const pause = Math.max(GATHER_MS, this.#flushed + APART_MS - performance.now());
    this.gathering = setTimeout(() => this.#flush(), pause);
  }

  async #flush() {
    this.gathering = undefined;
    this.#flushed = performance.now();
    const ids = [...this.#changed];
    this.#changed.clear();
    if (await this.refresh(ids)) return;
    for (const id of ids) this.#changed.add(id);
  }

  // Shows these tasks as they are now; answers whether the server did.
  async refresh(ids) {
    const known = ids.filter(Boolean);
    const page = await this.#load(known, this.#inHand);
    if (page) this.#apply(known, page);
    return Boolean(page);
  }

  // A click ends where it began: while one is held down on the rows, none comes, leaves or moves. What waits goes on in its order.
  #released() {
    return (this.#releasing ??= this.#release().finally(() => (this.#releasing = undefined)));
  }

  async #release() {
    const most = performance.now() + HELD_MS;
    while (this.pressed && performance.now() < most) await new Promise((past) => setTimeout(past, GATHER_MS));
  }

  // These tasks, and the panel of one, as they are now and once they may be shown; undefined where the server does not say.
  async #load(ids, task) {
    const asked = ++this.#asked;
    const query = [...ids.map((id) => ["id", id]), ...heldTasks().map((id) => ["away", id])].map(([name, id]) => `&${name}=${encodeURIComponent(id)}`).join("");
    try {
      const answer = await fetch(`${this.dataset.changes}&task=${encodeURIComponent(task)}${query}`, { redirect: "manual" });
      if (!answer.ok) return undefined;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      await this.#released();
      return Object.assign(page, { asked });
    } catch {
      return undefined;
    }
  }

  // What the board says of all its tasks, but for what was asked before and is answered after.
  #sayAll(page) {
    if (page.asked < this.#said) return;
    this.#said = page.asked;
    for (const id of ["lede", "others"]) document.getElementById(id).textContent = page.getElementById(id).textContent;
  }

  #apply(ids, page) {
    for (const id of ids) this.#applyRow(id, page.getElementById(`task-${id}`), page.getElementById(`gone-${id}`));
    const list = document.getElementById("suggestion-list");
    const suggestions = page.getElementById("suggestion-list");
    if (list && suggestions && !busy(list) && !list.querySelector("[open]")) morph(list, suggestions);
    const panel = page.getElementById("panel");
    if (panel) this.#applyPanel(panel);
    this.#sayAll(page);
    this.#recount();
  }

  #applyRow(id, fresh, gone) {
    const row = rowOf(id);
    if (row && busy(row)) return void this.#later.set(id, [fresh, gone]);
    if (!fresh || !document.getElementById(fresh.dataset.lane)) {
      if (row) sayGone(row, gone?.dataset.holder);
      return row?.remove();
    }
    if (!row) return this.#enter(fresh);
    if (row.dataset.lane !== fresh.dataset.lane) {
      row.remove();
      return this.#enter(fresh);
    }
    this.#renew(row, fresh);
  }

  #renew(row, fresh) {
    const id = idOf(row);
    morph(row, fresh);
    this.#settleRow(rowOf(id));
  }

  // A row that came with or without the keys of the one in hand, which is another by now, is asked for once more.
  #settleRow(row) {
    const chosen = idOf(row) === this.#inHand;
    row.hidden = isHeld(idOf(row));
    row.toggleAttribute("data-selected", chosen);
    if (chosen !== row.matches(SELECTED)) this.#note(idOf(row));
  }

  // A row that comes: offers at the top, with a word; others where they belong.
  #enter(fresh) {
    const list = document.getElementById(fresh.dataset.lane).querySelector("ul");
    const row = document.adoptNode(fresh);
    if (row.dataset.lane === "offers") {
      list.prepend(row);
      say(text("board.live.offer", { title: titleOf(row) }));
    } else {
      list.insertBefore(row, place(list, row));
    }
    this.#settleRow(row);
  }

  #applyPanel(fresh) {
    const panel = document.getElementById("panel");
    if (panel.dataset.task !== fresh.dataset.task) return;
    // a click begun on it ends on it
    if (panel.matches(":active")) return void setTimeout(() => this.#applyPanel(fresh), GATHER_MS);
    if (!panel.querySelector("details.act[open]")) return this.#show(fresh);
    const box = document.createElement("div");
    box.setAttribute("role", "status");
    const button = document.createElement("button");
    button.className = "btn";
    button.textContent = text("board.live.show");
    button.addEventListener("click", () => this.#show(fresh));
    box.append(text("board.live.changed"), button);
    showNotice("task", box);
  }

  #show(fresh) {
    const panel = document.getElementById("panel");
    const focused = panel.contains(document.activeElement);
    panel.replaceWith(document.adoptNode(fresh));
    clearNotice("task");
    restoreDrafts(fresh);
    if (focused) fresh.querySelector("#task-title")?.focus({ preventScroll: true });
  }

  #recount() {
    for (const lane of this.querySelectorAll(".lane")) {
      const rows = lane.querySelectorAll(".task:not([hidden])").length;
      lane.querySelector(".count").textContent = rows;
      const empty = lane.querySelector("li.empty");
      if (empty) empty.hidden = rows > 0;
    }
  }

  // ---- idle moments

  #wait() {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.#settle(), IDLE_MS);
  }

  #catchUp() {
    requestAnimationFrame(async () => {
      await this.#released();
      for (const [id, found] of this.#later) {
        const row = rowOf(id);
        if (row && busy(row)) continue;
        this.#later.delete(id);
        this.#applyRow(id, ...found);
      }
      this.#recount();
    });
  }

  #settle() {
    this.#catchUp();
    if (this.pressed) return;
    for (const list of this.querySelectorAll(".lane ul:not(#suggestion-list)")) {
      const rows = [...list.querySelectorAll(".task")];
      const sorted = [...rows].sort((one, other) => (one.dataset.order < other.dataset.order ? -1 : 1));
      if (sorted.some((row, index) => row !== rows[index]) && !busy(list)) list.prepend(...sorted);
    }
  }

  // ---- the task in hand

  #click(event) {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest("h3 a[data-alone], a[data-do]");
    if (!link) return;
    const row = link.closest(".task[id^=task-]");
    event.preventDefault();
    if (this.lost && link.dataset.do) return say(text("board.live.lost_detail"));
    if (!wide.matches && row) return openAlone(row, link.dataset.do);
    if (row) this.select(row, { act: link.dataset.do });
    else openAct(link.dataset.do, link.dataset.entry);
  }

  // Takes a row's task in hand; `act` opens one of its forms. Answers whether the panel shows it.
  select(row, how) {
    return (this.#showing = this.#take(row, how));
  }

  async #take(row, { act, focus = false } = {}) {
    const id = idOf(row);
    const before = [...this.querySelectorAll(SELECTED)].map(idOf).filter((one) => one !== id);
    this.#mark(id);
    if (focus) row.querySelector("h3 a").focus();
    row.scrollIntoView({ block: "nearest" });
    if (id !== this.selected && !(await this.#bring(row, before))) return false;
    if (act) openAct(act);
    this.#ahead(row);
    return true;
  }

  // Brings the panel of a row, unless another row has been taken in hand meanwhile.
  async #bring(row, before) {
    const id = idOf(row);
    const page = await (this.#fetched.get(id) ?? this.#load([id, ...before], id));
    this.#fetched.delete(id);
    if (this.#inHand !== id) return false;
    const panel = page?.getElementById("panel");
    if (!panel) {
      this.#mark(this.selected);
      return false;
    }
    history.replaceState(null, "", row.querySelector("h3 a").getAttribute("href").split("#")[0]);
    this.#show(panel);
    // those that have come with the keys of the one in hand meanwhile, too
    const others = [...this.querySelectorAll(SELECTED)].filter((one) => idOf(one) !== id);
    for (const one of [...others, rowOf(id)].filter(Boolean)) {
      const fresh = page.getElementById(one.id);
      if (fresh) this.#renew(one, fresh);
      else this.#settleRow(one);
    }
    return true;
  }

  #mark(id) {
    this.#inHand = id;
    for (const one of this.querySelectorAll(".task[id^=task-]")) one.toggleAttribute("data-selected", idOf(one) === id);
  }

  // Takes in hand the row that has the focus, if one has; answers whether the panel shows what is in hand.
  async takeFocused() {
    const row = focusedRow();
    if (row && idOf(row) !== this.#inHand) this.select(row);
    const id = this.#inHand;
    await this.#showing;
    return id === this.#inHand && id === this.selected;
  }

  // Shows the panel that came with a refusal: its task is in hand again.
  showRefused(panel) {
    const ids = [panel.dataset.task, this.#inHand];
    const astray = focusedRow() && idOf(focusedRow()) !== panel.dataset.task;
    this.#mark(panel.dataset.task);
    this.#show(panel);
    if (astray) rowOf(panel.dataset.task)?.querySelector("h3 a").focus();
    this.refresh(ids);
  }

  #ahead(row) {
    const rows = this.rows;
    const next = rows[rows.indexOf(rowOf(idOf(row))) + 1];
    if (next && !this.#fetched.has(idOf(next))) this.#fetched.set(idOf(next), this.#load([idOf(next), idOf(row)], idOf(next)));
  }

  // The next row or the one before, with the focus.
  step(by) {
    const rows = this.rows;
    if (!rows.length) return;
    const focused = focusedRow();
    const index = rows.indexOf(focused ?? this.current);
    const next = !focused && by > 0 && index === 0 ? 0 : Math.min(Math.max(index + by, 0), rows.length - 1);
    this.#settle();
    this.#goTo(rows[next]);
  }

  // After an action: the row as it now is. From one that has left its lane the next is taken in hand, never the top.
  async acted(id) {
    const row = id && rowOf(id);
    const next = row && nextOf(this.rows, row);
    const inHand = this.#inHand;
    const panel = document.getElementById("panel");
    const active = document.activeElement ?? document.body;
    const focused = row?.contains(active) || (id === inHand && (active === document.body || panel.contains(active)));
    if (row?.contains(active)) active.blur();
    this.#fetched.clear();
    if (next) this.#fetched.set(idOf(next), this.#load([idOf(next), id], idOf(next)));
    const page = await this.#load([id].filter(Boolean), this.selected);
    if (!page) return;
    const fresh = row && page.getElementById(row.id);
    const left = row && fresh?.dataset.lane !== row.dataset.lane;
    this.#later.delete(id);
    if (left) row.remove();
    if (id === this.selected) for (const open of panel.querySelectorAll("details.act[open]")) open.removeAttribute("open");
    this.#apply([id].filter(Boolean), page);
    if (!focused || this.#inHand !== inHand) return;
    const following = next && rowOf(idOf(next));
    if (id === inHand && left && following) return this.#goTo(following);
    rowOf(inHand)?.querySelector("h3 a").focus({ preventScroll: true });
  }

  #goTo(row) {
    if (wide.matches) return this.select(row, { focus: true });
    row.querySelector("h3 a").focus();
  }

  takeAway(id) {
    const row = rowOf(id);
    if (!row) return;
    const next = nextOf(this.rows, row);
    row.hidden = true;
    this.#recount();
    this.refresh([]);
    if (next) this.#goTo(next);
  }

  bringBack(id) {
    const row = id && rowOf(id);
    if (row) row.hidden = false;
    this.#recount();
    this.refresh([]);
  }

  // What was undone is in hand again.
  putBack(id) {
    this.bringBack(id);
    if (rowOf(id)) this.#goTo(rowOf(id));
  }

  // ---- several at once

  #count() {
    const bulk = document.getElementById("bulk");
    if (!bulk) return;
    const count = this.querySelectorAll(".pick:checked").length;
    bulk.dataset.chosen = count;
    document.getElementById("bulk-count").textContent = count ? text("board.bulk.chosen", { count }) : text("board.bulk.title");
  }

  pick(row, upTo) {
    const box = row?.querySelector(".pick");
    if (!box) return;
    const rows = this.rows;
    const from = upTo && this.picked?.isConnected ? rows.indexOf(this.picked) : rows.indexOf(row);
    const [low, high] = [from, rows.indexOf(row)].sort((one, other) => one - other);
    const state = upTo ? true : !box.checked;
    for (const one of rows.slice(low, high + 1)) {
      const each = one.querySelector(".pick");
      if (each) each.checked = state;
    }
    this.picked = row;
    this.#count();
  }
}

// Goes to the page of a row's task, where one of its forms is open.
function openAlone(row, act) {
  const alone = row.querySelector("[data-alone]").dataset.alone;
  location.assign(act ? `${alone}${alone.includes("?") ? "&" : "?"}do=${act}` : alone);
}

// Opens a form of the task in hand, on a page of its own where the board shows none, and goes to its first field.
export function openAct(action, entry) {
  const act = document.getElementById(`do-${action}`);
  if (!act) return false;
  if (!act.checkVisibility()) {
    openAlone(rowOf(document.getElementById("panel").dataset.task), action);
    return true;
  }
  act.open = true;
  act.scrollIntoView({ block: "nearest" });
  const select = act.querySelector("[name=entry]");
  if (entry && select) select.value = entry;
  act.querySelector("form :is(input:not([type=hidden]), textarea, select)")?.focus();
  return true;
}

const busy = (element) => element.matches(":hover") || (element.contains(document.activeElement) && document.activeElement !== document.body);

function sayGone(row, name) {
  const title = titleOf(row);
  if (name) say(text("board.live.taken", { name, title }));
  else if (row.dataset.lane === "offers") say(text("board.live.gone", { title }));
}

// The row after one, else the one before, of those that are still to do.
function nextOf(rows, row) {
  const open = rows.filter((one) => one === row || !one.classList.contains("done"));
  const index = open.indexOf(row);
  return index < 0 ? undefined : open[index + 1] ?? open[index - 1];
}

export const focusedRow = () => document.activeElement?.closest(".task[id^=task-]");

const place = (list, row) => [...list.querySelectorAll(".task")].find((one) => one.dataset.order > row.dataset.order) ?? list.querySelector("li.empty");

function morph(old, fresh) {
  htmx.swap({ sourceElement: old, target: old, text: html(fresh), swap: "outerMorph" });
}

customElements.define("handoff-board", HandoffBoard);
