// <handoff-keys>: the key map, its help, and the palette.
import { focusedRow, openAct } from "./board.js";
import { openPalette } from "./palette.js";
import { lastUndo } from "./toasts.js";
import { text } from "./words.js";

const CHORD_MS = 1500;
const board = () => document.querySelector("handoff-board");
const panel = () => document.getElementById("panel");
const row = () => focusedRow() ?? board()?.current;
const formOf = (...actions) => actions.map((action) => panel()?.querySelector(`form[data-action="${action}"]:not(details form)`)).find(Boolean);
const linkOf = (selector) => document.querySelector(selector);
// What is done to the row with the focus, else to the task in hand: always to the one that the panel then shows.
// What is pressed until then comes after it.
let early;
const inHand = (act) => async () => {
  early = [];
  const shown = (await board()?.takeFocused()) ?? true;
  const keys = early;
  early = undefined;
  if (shown) for (const one of [act, ...keys.map((key) => () => press(key))]) one();
};
const acts = (name, action, ...forms) => ({
  name,
  can: () => document.getElementById(`do-${action}`) ?? formOf(...forms),
  act: inHand(() => openAct(action) || formOf(...forms)?.requestSubmit()),
});

// Each key: the text that says what it does, what it does, and whether it can be done here and now.
export const KEYS = {
  j: { name: "next", act: () => board()?.step(1) },
  k: { name: "next", act: () => board()?.step(-1) },
  enter: { name: "open" },
  a: { name: "accept", can: () => formOf("accept", "acknowledge"), act: inHand(() => formOf("accept", "acknowledge")?.requestSubmit()) },
  d: acts("decline", "decline"),
  c: acts("complete", "complete"),
  w: acts("wait", "wait", "resume"),
  r: acts("reassign", "reassign"),
  n: acts("note", "comment"),
  z: { name: "undo", can: () => lastUndo(), act: () => lastUndo()?.click() },
  o: { name: "journey", can: () => linkOf("[data-journey]"), act: inHand(() => linkOf("[data-journey]")?.click()) },
  x: { name: "select", can: () => row()?.querySelector(".pick"), act: () => board()?.pick(row(), false) },
  e: { name: "explain", can: () => linkOf("[data-explain]"), act: inHand(() => linkOf("[data-explain]")?.click()) },
  p: { name: "print", can: () => true, act: () => print() },
  "/": { name: "find", act: () => openPalette(KEYS) },
  "?": { name: "all", can: () => true, act: () => openHelp() },
};
const PAGES = { b: "/board", o: "/operations", j: "/journeys", p: "/playbook" };

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
    if (early && (event.key.length === 1 || event.key === "Enter")) {
      event.preventDefault();
      return event.key.length === 1 && early.push(event.key);
    }
    const key = event.key.toLowerCase();
    if (this.going && key in PAGES) return location.assign(PAGES[key]);
    this.going = key === "g";
    clearTimeout(this.chord);
    this.chord = setTimeout(() => (this.going = false), CHORD_MS);
    if (key === "x" && event.shiftKey) return board()?.pick(row(), true);
    const act = KEYS[key]?.act;
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

// Presses a key again: a letter of the field that has the focus by now, else a key of the board.
function press(key) {
  const field = writes(document.activeElement);
  if (early) early.push(key);
  else if (!field) KEYS[key.toLowerCase()]?.act?.();
  else if (field.setRangeText) {
    field.setRangeText(key, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
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
  const shown = Object.entries(KEYS).map(([key, { name }]) => [name, key === "enter" ? "Enter" : key.toUpperCase()]);
  const byName = new Map();
  for (const [name, key] of [...shown, ["select", "Shift X"], ["find", "Ctrl K"]]) byName.set(name, [...(byName.get(name) ?? []), key]);
  const rows = [...byName].map(([name, keys]) => [keys, text(`board.keys.${name}`)]);
  for (const [key, page] of Object.entries(PAGES)) rows.push([["G", key.toUpperCase()], text(`shell.pages.${page.slice(1)}`)]);
  rows.push([["Esc"], text("board.keys.close")]);
  for (const [keys, words] of rows) {
    const line = document.createElement("div");
    const term = document.createElement("dt");
    for (const key of keys) {
      const cap = document.createElement("kbd");
      cap.textContent = key;
      term.append(cap);
    }
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
