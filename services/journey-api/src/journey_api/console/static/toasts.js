// Short confirmations at the foot of the page; never an error.

export const UNDO_MS = 8000;
const SHOWN_MS = 5000;

// What undoes the last action that still can be undone.
export const lastUndo = () => [...document.querySelectorAll("#toasts [data-undo]")].at(-1);

// Shows words; with `undo` a button, and a key, that calls it. Answers a function that takes the toast away.
export function toast(words, { undo, undoWords, lasts = SHOWN_MS } = {}) {
  const place = document.getElementById("toasts");
  if (!place) return () => {};
  const box = document.createElement("div");
  box.className = "toast";
  const said = document.createElement("span");
  said.textContent = words;
  box.append(said);
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn";
    button.dataset.undo = "";
    button.setAttribute("aria-keyshortcuts", "Z");
    const key = document.createElement("kbd");
    key.setAttribute("aria-hidden", "true");
    key.textContent = "Z";
    button.append(`${undoWords} `, key);
    button.addEventListener("click", undo);
    box.append(button);
  }
  place.append(box);
  const timer = setTimeout(() => box.remove(), lasts);
  return () => {
    clearTimeout(timer);
    box.remove();
  };
}
