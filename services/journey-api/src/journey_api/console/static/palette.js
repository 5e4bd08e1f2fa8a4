// The palette: every command that can be given here with its key, pages, tasks, and what the dealer's records hold.
import { dialogOf } from "./keys.js";
import { findRecords } from "./records.js";
import { text } from "./words.js";

const SEARCH_MS = 150;
const SHORTEST = 2;
const MOST = 12;

export function openPalette(keys) {
  if (document.querySelector("dialog[open]")) return;
  const { dialog, body } = dialogOf(text("board.palette.title"));
  dialog.classList.add("palette");
  const input = document.createElement("input");
  input.className = "input";
  // a field of type search would keep the first Escape for itself
  input.type = "text";
  input.inputMode = "search";
  input.id = "palette-query";
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "true", "aria-controls": "palette-list", "aria-autocomplete": "list", autocomplete: "off", "aria-label": text("board.palette.label"), "aria-describedby": "palette-hint" })) input.setAttribute(name, value);
  const hint = document.createElement("p");
  hint.className = "hint muted";
  hint.id = "palette-hint";
  hint.textContent = text("board.palette.hint");
  const list = document.createElement("ul");
  list.id = "palette-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", text("board.palette.title"));
  const count = document.createElement("p");
  count.className = "visually-hidden";
  count.setAttribute("role", "status");
  const nothing = document.createElement("p");
  nothing.className = "muted";
  nothing.textContent = text("board.palette.nothing");
  body.append(input, hint, list, nothing, count);

  const local = [...commands(keys, dialog), ...pages(), ...tasks()];
  let found = [];
  let index = 0;
  let search;

  const choose = (to) => {
    index = found.length ? (to + found.length) % found.length : 0;
    [...list.children].forEach((one, number) => one.setAttribute("aria-selected", String(number === index)));
    list.children[index]?.scrollIntoView({ block: "nearest" });
    if (found.length) input.setAttribute("aria-activedescendant", `palette-${index}`);
    else input.removeAttribute("aria-activedescendant");
  };
  const run = (one) => {
    dialog.close();
    one?.run();
  };
  const show = (items) => {
    const chosen = found[index];
    found = items.slice(0, MOST);
    list.replaceChildren(...found.map((one, number) => option(one, number, run)));
    nothing.hidden = found.length > 0;
    count.textContent = found.length ? text("board.palette.results", { count: found.length }) : text("board.palette.nothing");
    choose(Math.max(found.indexOf(chosen), 0));
  };
  const look = () => {
    const query = input.value.trim();
    const fits = local.filter((one) => matches(`${one.name} ${one.about}`, query));
    index = 0;
    show(fits);
    clearTimeout(search);
    if (query.length < SHORTEST) return;
    search = setTimeout(async () => {
      const records = await findRecords(query);
      const shown = new Set(fits.map((one) => one.address));
      // what was found for words that have changed since is out of date
      if (query === input.value.trim()) show([...fits, ...records.filter((one) => !shown.has(one.address))]);
    }, SEARCH_MS);
  };
  input.addEventListener("input", look);
  input.addEventListener("keydown", (event) => {
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, PageDown: Math.min(index + 5, found.length - 1), PageUp: Math.max(index - 5, 0) }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      choose(to);
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(found[index]);
    }
  });
  look();
  dialog.showModal();
  input.focus();
}

function option(one, number, run) {
  const line = document.createElement("li");
  line.id = `palette-${number}`;
  line.setAttribute("role", "option");
  const name = document.createElement("span");
  name.textContent = one.name;
  const about = document.createElement("span");
  about.className = "muted";
  about.textContent = one.about;
  line.append(name, about);
  line.addEventListener("click", () => run(one));
  return line;
}

function commands(keys, dialog) {
  return Object.entries(keys)
    .filter(([, { can }]) => can?.())
    .map(([key, { name, act }]) => ({
      name: text(`board.keys.${name}`),
      about: `${text("board.palette.command")} ${key.toUpperCase()}`,
      run: () => (dialog.isConnected ? dialog.addEventListener("close", () => act(), { once: true }) : act()),
    }));
}

function pages() {
  return [...document.querySelectorAll(".nav a")].map((one) => ({ name: one.textContent.trim(), about: text("board.palette.page"), run: () => location.assign(one.href) }));
}

// The tasks of the page; those of others are found among the records.
function tasks() {
  return [...document.querySelectorAll(".lane .task[id^=task-] h3 a")].map((one) => ({
    name: one.textContent.trim(),
    about: `${text("board.palette.task")} ${one.closest(".task").querySelector(".for")?.textContent ?? ""}`.trim(),
    address: `/tasks/${one.closest(".task").id.slice("task-".length)}`,
    run: () => one.click(),
  }));
}

const plain = (words) => words.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
const bare = (words) => plain(words).replace(/[^\p{L}\p{N}]/gu, "");

// Whether a text holds every word; numbers and plates also without their dashes and blanks.
function matches(words, query) {
  const [whole, squeezed] = [plain(words), bare(words)];
  return plain(query)
    .split(/\s+/)
    .every((word) => whole.includes(word) || (bare(word).length >= 4 && /\d/.test(word) && squeezed.includes(bare(word))));
}
