// Forms that act on tasks: sent without leaving the page, some of them after a moment in which they can be undone.
import { dropDraft, restoreDrafts } from "./drafts.js";
import { allHeld, hold, isStillToDo, release, sendOnLeaving, waitsFor } from "./held.js";
import { showNotice } from "./notices.js";
import { UNDO_MS, toast } from "./toasts.js";
import { say, text } from "./words.js";

const UNDOABLE = new Set(["decline", "complete", "cancel", "reassign"]);
const PROGRESS_MS = 300;
const SIGNED_OUT = 401;
const waiting = new Map();
const sending = new Set();
const board = () => document.querySelector("handoff-board");

// Tasks whose action has not been sent yet: their rows stay away from the board.
export const heldTasks = () => [...waiting.values()].map((one) => one.task);
export const isHeld = (task) => heldTasks().includes(task);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.action || event.defaultPrevented) return;
  event.preventDefault();
  if (board()?.lost) return say(text("board.live.lost_detail"));
  const entry = read(form);
  if (sending.has(whole(entry)) || (UNDOABLE.has(entry.action) && isHeld(entry.task))) return;
  if (UNDOABLE.has(entry.action) && new URLSearchParams(entry.body).get("outcome") !== "customer_answered") delay(entry, form);
  else send(entry, form);
});

addEventListener("pagehide", () => sendOnLeaving(new Set(waiting.keys())));

function read(form) {
  const body = new URLSearchParams(new FormData(form)).toString();
  const { action, task, title } = form.dataset;
  return { id: crypto.randomUUID(), url: form.getAttribute("action"), body, action, task, title, due: 0 };
}

const whole = (entry) => `${entry.url}?${entry.body}`;

// Holds an action for 8 seconds; the row goes at once, the next one has the focus.
function delay(entry, form) {
  form.closest("details")?.removeAttribute("open");
  entry.due = Date.now() + UNDO_MS;
  hold(entry);
  const undo = () => {
    clearTimeout(timer);
    waiting.delete(entry.id);
    release(entry.id);
    close();
    if (board()) board().putBack(entry.task);
    else document.querySelector(`#do-${entry.action} summary`)?.focus();
    toast(text("board.toast.undone"));
  };
  const words = text(`board.toast.${entry.action}`, entry);
  const close = toast(words, { undo, undoWords: text("board.toast.undo"), lasts: UNDO_MS });
  const timer = setTimeout(() => {
    waiting.delete(entry.id);
    send(entry, undefined, true);
  }, UNDO_MS);
  waiting.set(entry.id, entry);
  board()?.takeAway(entry.task);
}

// Posts an action. Accepted it leads to the page as it then is; refused the answer shows why.
async function send(entry, form, confirmed = false) {
  const button = form?.querySelector("button:not([type=button])");
  const label = button?.innerHTML;
  sending.add(whole(entry));
  if (button) button.disabled = true;
  const busy = setTimeout(() => button && (button.textContent = text("board.toast.busy", { action: text(`task.actions.${entry.action}`) })), PROGRESS_MS);
  try {
    const answer = await fetch(entry.url, { method: "POST", body: new URLSearchParams(entry.body), redirect: "manual" });
    // what was held when the session ended is sent at the next visit
    if (answer.status !== SIGNED_OUT) release(entry.id);
    if (answer.type === "opaqueredirect") await done(entry, confirmed);
    else await refused(entry, answer);
  } catch {
    board()?.bringBack(entry.task);
    failed();
  } finally {
    sending.delete(whole(entry));
    clearTimeout(busy);
    if (button?.isConnected) {
      button.disabled = false;
      button.innerHTML = label;
    }
  }
}

async function done(entry, confirmed) {
  dropDraft(entry.task, entry.action);
  const words = text(`board.toast.${entry.action}`, entry);
  if (!confirmed) toast(words);
  say(words);
  if (board()) await board().acted(entry.task);
  else location.reload();
}

async function refused(entry, answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const panel = page.getElementById("panel");
  const here = document.getElementById("panel");
  board()?.bringBack(entry.task);
  if (panel && here && page.getElementById("refusal")) {
    if (board()) board().showRefused(panel);
    else here.replaceWith(document.adoptNode(panel));
    panel.querySelector("[aria-invalid]")?.focus();
  } else {
    const alert = page.querySelector("[role=alert]");
    if (alert) tell(document.adoptNode(alert));
    else failed();
  }
}

function failed() {
  const box = document.createElement("div");
  box.setAttribute("role", "alert");
  box.textContent = text("board.toast.failed");
  tell(box);
}

// Shows an alert at the head of the page, which may be out of sight.
function tell(alert) {
  alert.dataset.kind = "lost";
  showNotice("refusal", alert);
  alert.scrollIntoView({ block: "center" });
}

// What an earlier visit could not send any more, or sent as it went and was not heard, as when the session had ended.
async function settle(entry) {
  if (!allHeld().some((one) => one.id === entry.id)) return;
  const toDo = await isStillToDo(entry);
  if (toDo === undefined) return;
  if (!toDo) {
    release(entry.id);
    dropDraft(entry.task, entry.action);
    return;
  }
  const values = { action: text(`task.actions.${entry.action}`), title: entry.title };
  toast(text("board.toast.kept", values), { lasts: UNDO_MS });
  send(entry, undefined, true);
}

for (const entry of allHeld()) setTimeout(() => settle(entry), waitsFor(entry));
restoreDrafts(document);
