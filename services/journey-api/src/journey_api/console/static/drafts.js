// What is being written stays in the browser, by task and action, until it was sent.

const PREFIX = "handoff:draft:";
const keyOf = (form) => `${PREFIX}${form.dataset.task}:${form.dataset.action}`;
const fieldsOf = (form) => [...form.elements].filter((one) => one.name && one.type !== "hidden");

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.dataset.task) return;
  const kept = {};
  for (const field of fieldsOf(form)) if (field.type !== "radio" || field.checked) kept[field.name] = field.value;
  keep(keyOf(form), JSON.stringify(kept));
});

// Puts drafts back into the forms of a part of the page, unless the server has put back what was typed.
export function restoreDrafts(root) {
  for (const form of root.querySelectorAll("form[data-task]")) {
    const kept = JSON.parse(read(keyOf(form)) ?? "null");
    if (!kept || root.querySelector("#refusal")) continue;
    for (const field of fieldsOf(form)) {
      if (!(field.name in kept)) continue;
      if (field.type === "radio") field.checked = field.value === kept[field.name];
      else field.value = kept[field.name];
    }
  }
}

// Forgets the draft of what was sent.
export function dropDraft(task, action) {
  try {
    localStorage.removeItem(`${PREFIX}${task}:${action}`);
  } catch {
    // a browser that keeps nothing has nothing to forget
  }
}

function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // full or forbidden: the form itself still holds what was written
  }
}

function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
