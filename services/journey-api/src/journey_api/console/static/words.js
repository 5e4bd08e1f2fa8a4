// The page's own texts, as the server gave them, and the server's time.

const given = document.getElementById("words");
const texts = given ? JSON.parse(given.content.textContent) : {};
const plural = new Intl.PluralRules(document.documentElement.lang || "en");

// Letters written from right to left: Hebrew, Arabic and the scripts of their blocks.
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

// What is put beside other words: isolated where it is written from right to left, else as it is.
export const isolate = (words) => (RIGHT_TO_LEFT.test(words) ? `\u2068${words}\u2069` : words);

// The text of a key with its values put in; `count` chooses the plural form.
export function text(key, values = {}) {
  const found = texts[key] ?? key;
  const form = typeof found === "string" ? found : found[plural.select(values.count)] ?? found.other;
  return form.replace(/\{(\w+)\}/g, (whole, name) => isolate(values[name] ?? whole));
}

const clock = document.querySelector(".clock time");
const offset = clock ? Date.parse(clock.dateTime) - Date.now() : 0;

// The present instant by the server's clock, in milliseconds.
export const now = () => Date.now() + offset;

// The time of day in the zone of the page, as the head of the page writes it.
export function timeOfDay(at = now()) {
  const shown = clock ? clock.textContent.trim().split(":").map(Number) : [0, 0];
  const minutes = shown[0] * 60 + shown[1] + Math.floor((at - (Date.parse(clock?.dateTime) || at)) / 60000);
  const day = ((minutes % 1440) + 1440) % 1440;
  return [Math.floor(day / 60), day % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

// One polite line for assistive tools.
export function say(words) {
  const line = document.getElementById("status");
  if (line) line.textContent = words;
}
