// The console's own behaviour. Everything works without it; with it pages are live.
import "./countdown.js";
import "./actions.js";
import "./board.js";
import "./keys.js";
import "./sent.js";

const RELOAD_MS = 2000;

document.documentElement.classList.add("scripted");

// Selects marked data-submit send their form when the choice changes.
document.addEventListener("change", (event) => {
  const field = event.target;
  if (field instanceof HTMLSelectElement && field.hasAttribute("data-submit")) field.form.requestSubmit();
});

// What is still being set up is looked for again, unless something has been typed meanwhile.
if (document.querySelector("[data-reload]")) {
  const look = () => (document.getElementById("key")?.value ? undefined : location.reload());
  setTimeout(look, RELOAD_MS);
}
