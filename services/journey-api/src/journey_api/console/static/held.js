// Actions that wait for their 8 seconds: kept in the browser, so that none is lost when the page is left.

const KEY = "handoff:held";
const GRACE_MS = 3000;
const GONE = 404;

export const allHeld = () => {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]");
  } catch {
    return [];
  }
};

export function hold(entry) {
  write([...allHeld().filter((one) => one.id !== entry.id), entry]);
}

export function release(id) {
  write(allHeld().filter((one) => one.id !== id));
}

// How long until no page can still be about to send it.
export const waitsFor = (entry) => Math.max(0, entry.due + GRACE_MS - Date.now());

// Sends what is held as the page goes. It stays held: whether the server took it is seen at the next visit.
export function sendOnLeaving(ids) {
  for (const one of allHeld()) if (ids.has(one.id)) navigator.sendBeacon(one.url, new URLSearchParams(one.body));
}

// Whether the task, as it is now, still has the action to be done; undefined where nobody is signed in to see.
export async function isStillToDo(entry) {
  const person = encodeURIComponent(new URLSearchParams(entry.body).get("staff_id") ?? "");
  const answer = await fetch(`/tasks/${encodeURIComponent(entry.task)}?as=${person}`, { redirect: "manual" }).catch(() => undefined);
  if (answer?.status === GONE) return false;
  if (!answer?.ok) return undefined;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return Boolean(page.querySelector(`form[data-action="${entry.action}"]`));
}

function write(entries) {
  try {
    localStorage.setItem(KEY, JSON.stringify(entries));
  } catch {
    // a browser that keeps nothing: the timer of the page still sends it
  }
}
