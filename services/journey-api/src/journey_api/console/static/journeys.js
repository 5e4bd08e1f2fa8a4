// Printing by a button; the letter P is among the keys of every page.
document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
