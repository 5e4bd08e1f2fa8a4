// Printing by a button or the letter P, while single letters are shortcuts and no field has focus.
const print = document.querySelector("[data-print]");
const typing = (target) => target instanceof Element && target.closest("input, select, textarea, [contenteditable]");
const lettersOff = document.cookie.split("; ").includes("keys=off");

if (print) {
  print.addEventListener("click", () => window.print());
  document.addEventListener("keydown", (event) => {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (plain && !lettersOff && event.key.toLowerCase() === "p" && !typing(event.target)) window.print();
  });
}
