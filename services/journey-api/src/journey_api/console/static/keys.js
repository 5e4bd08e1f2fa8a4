// <handoff-keys>: the key map, its help, and the palette.
import { openAct } from "./board.js";
import { openPalette } from "./palette.js";
import { text } from "./words.js";

const CHORD_MS = 1500;
const board = () => document.querySelector("handoff-board");
const panel = () => document.getElementById("panel");
const submit = (...actions) => {
  for (const action of actions) {
    const form = panel()?.querySelector(`form[data-action="${action}"]:not(details form)`);
    if (form) return void form.requestSubmit();
  }
};
const follow = (selector) => panel()?.querySelector(selector)?.click();
const row = () => document.activeElement.closest?.(".task[id^=task-]") ?? board()?.current;

// Each key, what it does, and the text that says so.
export const KEYS = {
  j: [() => board()?.step(1), "next"],
  k: [() => board()?.step(-1), "next"],
  enter: [undefined, "open"],
  a: [() => submit("accept", "acknowledge"), "accept"],
  d: [() => openAct("decline"), "decline"],
  c: [() => openAct("complete"), "complete"],
  w: [() => openAct("wait") || submit("resume"), "wait"],
  r: [() => openAct("reassign"), "reassign"],
  n: [() => openAct("comment"), "note"],
  o: [() => follow("[data-journey]"), "journey"],
  x: [() => board()?.pick(row(), false), "select"],
  e: [() => follow("[data-explain]"), "explain"],
  p: [() => print(), "print"],
  "/": [() => openPalette(KEYS), "find"],
  "?": [() => openHelp(), "all"],
};
const PAGES = { b: "/board", j: "/journeys", p: "/playbook" };

class HandoffKeys extends HTMLElement {
  connectedCallback() {
    document.addEventListener("keydown", (event) => this.#press(event));
    document.addEventListener("click", (event) => {
      if (!event.target.closest("[data-find]") || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      openPalette(KEYS);
    });
  }

  #press(event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return openPalette(KEYS);
    }
    if (event.key === "Escape") return this.#escape(event);
    if (event.ctrlKey || event.metaKey || event.altKey || this.dataset.keys === "off") return;
    if (writes(event.target) || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (this.going && key in PAGES) return location.assign(PAGES[key]);
    this.going = key === "g";
    clearTimeout(this.chord);
    this.chord = setTimeout(() => (this.going = false), CHORD_MS);
    if (key === "x" && event.shiftKey) return board()?.pick(row(), true);
    const act = KEYS[key]?.[0];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #escape(event) {
    const open = event.target.closest?.("details.act[open]") ?? document.querySelector("details.act[open]");
    if (!open || document.querySelector("dialog[open]")) return;
    open.open = false;
    open.querySelector("summary").focus();
  }
}

const writes = (target) => target.closest?.("textarea, select, input:not([type=checkbox], [type=radio]), [contenteditable]");

// The dialog of a title; Escape and its button close it, and the focus goes back.
export function dialogOf(title) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  const header = document.createElement("header");
  const heading = document.createElement("h2");
  heading.textContent = title;
  heading.id = "dialog-title";
  dialog.setAttribute("aria-labelledby", heading.id);
  header.append(heading);
  const body = document.createElement("div");
  body.className = "body";
  dialog.append(header, body);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  return { dialog, body };
}

function openHelp() {
  const { dialog, body } = dialogOf(text("board.keys.title"));
  const list = document.createElement("dl");
  list.className = "key-list";
  const rows = Object.entries(KEYS).map(([key, [, name]]) => [key === "enter" ? "Enter" : key.toUpperCase(), text(`board.keys.${name}`)]);
  rows.push(["Shift X", text("board.keys.select")], ["G B, G O, G J, G P", `${text("board.keys.go")}: ${text("board.keys.pages")}`], ["Ctrl K", text("board.keys.find")], ["Esc", text("board.keys.close")]);
  for (const [key, words] of rows) {
    const line = document.createElement("div");
    const term = document.createElement("dt");
    const shown = document.createElement("kbd");
    shown.textContent = key;
    term.append(shown);
    const meaning = document.createElement("dd");
    meaning.textContent = words;
    line.append(term, meaning);
    list.append(line);
  }
  const note = document.createElement("p");
  note.className = "muted";
  note.textContent = text("board.keys.note_off");
  const footer = document.createElement("footer");
  const close = document.createElement("button");
  close.className = "btn";
  close.textContent = text("board.keys.close");
  close.addEventListener("click", () => dialog.close());
  footer.append(close);
  body.append(list, note);
  dialog.append(footer);
  dialog.showModal();
  close.focus();
}

customElements.define("handoff-keys", HandoffKeys);
