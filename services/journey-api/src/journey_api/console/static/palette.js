// The palette: every command with its key, pages, tasks of the page, customers of the dealer.
import { dialogOf } from "./keys.js";
import { text } from "./words.js";

const SEARCH_MS = 150;
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
  body.append(input, hint, list, count);

  const local = [...commands(keys, dialog), ...pages(), ...tasks()];
  let found = [];
  let index = 0;
  let search;

  const choose = (to) => {
    index = Math.max(0, Math.min(to, found.length - 1));
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
    found = items.slice(0, MOST);
    list.replaceChildren(...found.map((one, number) => option(one, number, run)));
    count.textContent = found.length ? text("board.palette.results", { count: found.length }) : text("board.palette.nothing");
    choose(0);
  };
  const look = () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    const fits = local.filter((one) => words.every((word) => plain(`${one.name} ${one.about}`).includes(word)));
    show(fits);
    clearTimeout(search);
    if (input.value.trim().length >= 2) search = setTimeout(async () => show([...fits, ...(await customers(input.value.trim()))]), SEARCH_MS);
  };
  input.addEventListener("input", look);
  input.addEventListener("keydown", (event) => {
    const to = { ArrowDown: index + 1, ArrowUp: index - 1 }[event.key];
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

const go = (address) => () => location.assign(address);

function commands(keys, dialog) {
  return Object.entries(keys)
    .filter(([key, [act]]) => act && !"jk/".includes(key))
    .map(([key, [act, name]]) => ({
      name: text(`board.keys.${name}`),
      about: `${text("board.palette.command")} ${key.toUpperCase()}`,
      run: () => (dialog.isConnected ? dialog.addEventListener("close", () => act(), { once: true }) : act()),
    }));
}

function pages() {
  return [...document.querySelectorAll(".nav a")].map((one) => ({ name: one.textContent.trim(), about: text("board.palette.page"), run: go(one.href) }));
}

function tasks() {
  return [...document.querySelectorAll(".lane .task h3 a")].map((one) => ({
    name: one.textContent.trim(),
    about: `${text("board.palette.task")} ${one.closest(".task").querySelector(".for")?.textContent ?? ""}`.trim(),
    run: () => one.click(),
  }));
}

async function customers(query) {
  const dealer = new URLSearchParams(document.querySelector("handoff-board")?.dataset.address.split("?")[1]).get("dealer_id");
  if (!dealer) return [];
  try {
    const answer = await fetch(`/v1/dealers/${encodeURIComponent(dealer)}/customers?limit=6&query=${encodeURIComponent(query)}`);
    if (!answer.ok) return [];
    return (await answer.json()).items.map((one) => ({
      name: one.name ?? one.customer_id,
      about: `${text("board.palette.customer")} ${one.customer_id}`,
      run: go(`/journeys/${encodeURIComponent(dealer)}/${encodeURIComponent(one.customer_id)}`),
    }));
  } catch {
    return [];
  }
}

const plain = (words) => words.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
