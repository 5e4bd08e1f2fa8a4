// What stands at the head of the page, one of each kind: the line to the server, the task in hand, what was refused.

// Shows a notice in the place of an earlier one of its kind.
export function showNotice(kind, box) {
  clearNotice(kind);
  box.classList.add("notice");
  box.dataset.about = kind;
  document.getElementById("connection")?.append(box);
}

export const clearNotice = (kind) => document.querySelector(`#connection > [data-about=${kind}]`)?.remove();
