// Short confirmations at the foot of the page; never an error.

export const UNDO_MS = 8000;
const SHOWN_MS = 5000;

// Shows words; with `undo` a button that calls it. Answers a function that takes the toast away.
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
    button.textContent = undoWords;
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
