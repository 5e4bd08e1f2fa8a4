// A form that is being sent is not sent twice; forms that act on tasks see to it themselves.

const LONGEST_MS = 10000;
let sent = new WeakMap();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  // one that was stopped may be sent anew
  if (performance.now() - (sent.get(form) ?? -Infinity) < LONGEST_MS) event.preventDefault();
  else sent.set(form, performance.now());
});

// The page may come back as it was left.
addEventListener("pageshow", () => (sent = new WeakMap()));
