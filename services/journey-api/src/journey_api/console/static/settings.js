// Rows of a settings form: added, removed, moved up. Without script there are always two empty ones, and a row whose
// fields are emptied is taken out.

const controls = (row) => [...row.querySelectorAll("input, select, textarea")];
const isEmpty = (row) => controls(row).every((one) => (one.type === "checkbox" ? !one.checked : !one.value));

for (const rows of document.querySelectorAll(".settings-rows")) prepare(rows);

function prepare(rows) {
  const all = () => [...rows.querySelectorAll(":scope > .settings-row")];
  for (const row of all()) {
    if (isEmpty(row)) row.hidden = true;
    addButtons(rows, row);
  }
  const add = button(rows.dataset.add, "btn settings-add");
  add.addEventListener("click", () => {
    const row = all().find((one) => one.hidden && isEmpty(one)) ?? copied(rows, all());
    const last = all().findLast((one) => !one.hidden);
    if (last) last.after(row);
    else rows.prepend(row);
    row.hidden = false;
    renumber(all());
    controls(row)[0].focus();
  });
  rows.append(add);
}

function addButtons(rows, row) {
  const bar = document.createElement("div");
  bar.className = "settings-row-do";
  const name = row.getAttribute("aria-label");
  if (rows.dataset.up) bar.append(button(rows.dataset.up, "btn", name, () => moveUp(rows, row)));
  bar.append(button(rows.dataset.remove, "btn", name, () => remove(rows, row)));
  row.append(bar);
}

function button(label, classes, about, act) {
  const one = document.createElement("button");
  one.type = "button";
  one.className = classes;
  one.textContent = label;
  if (about) {
    const hidden = document.createElement("span");
    hidden.className = "visually-hidden";
    hidden.textContent = ` ${about}`;
    one.append(hidden);
  }
  if (act) one.addEventListener("click", act);
  return one;
}

function remove(rows, row) {
  const add = rows.querySelector(":scope > .settings-add");
  clear(row);
  row.hidden = true;
  rows.insertBefore(row, add);
  renumber([...rows.querySelectorAll(":scope > .settings-row")]);
  add.focus();
}

function moveUp(rows, row) {
  const before = row.previousElementSibling;
  if (!before) return;
  rows.insertBefore(row, before);
  renumber([...rows.querySelectorAll(":scope > .settings-row")]);
  row.querySelector(".settings-row-do button").focus();
}

function clear(row) {
  for (const one of controls(row)) {
    if (one.type === "checkbox") one.checked = false;
    else if (one instanceof HTMLSelectElement) one.selectedIndex = 0;
    else one.value = "";
  }
  for (const one of row.querySelectorAll(".error")) one.remove();
  for (const one of row.querySelectorAll("[aria-invalid], [data-invalid]")) {
    one.removeAttribute("aria-invalid");
    one.removeAttribute("data-invalid");
  }
}

// An empty row more, its ids its own.
function copied(rows, all) {
  const row = all.at(-1).cloneNode(true);
  row.querySelector(".settings-row-do").remove();
  const mark = `-${all.length + 1}`;
  for (const one of row.querySelectorAll("[id]")) one.id += mark;
  for (const one of row.querySelectorAll("[for]")) one.htmlFor += mark;
  for (const one of row.querySelectorAll("[aria-describedby]")) one.removeAttribute("aria-describedby");
  clear(row);
  addButtons(rows, row);
  return row;
}

// The server reads rows in the order of the numbers in their names: the order in which they stand. People read them too.
function renumber(all) {
  all.forEach((row, at) => {
    const numbered = (words) => words.replace(/\d+/, at + 1);
    for (const one of controls(row)) one.name = one.name.replace(/\[\d+\](?=\[\w+\]$)/, `[${at}]`);
    for (const one of row.querySelectorAll("label:not(.tick), legend, summary b, button span")) one.textContent = numbered(one.textContent);
    row.setAttribute("aria-label", numbered(row.getAttribute("aria-label")));
  });
}
