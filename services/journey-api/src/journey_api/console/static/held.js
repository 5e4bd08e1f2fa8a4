// Actions that wait for their 8 seconds: kept in the browser, so that none is lost when the page is left.

const KEY = "handoff:held";
const GRACE_MS = 3000;

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

// Those of a page that was left before it could send them.
export const leftBehind = () => allHeld().filter((one) => one.due + GRACE_MS < Date.now());

// Sends what is held as the page goes; what the browser does not take stays for the next visit.
export function sendOnLeaving(ids) {
  for (const one of allHeld()) {
    if (ids.has(one.id) && navigator.sendBeacon(one.url, new URLSearchParams(one.body))) release(one.id);
  }
}

function write(entries) {
  try {
    localStorage.setItem(KEY, JSON.stringify(entries));
  } catch {
    // a browser that keeps nothing: the timer of the page still sends it
  }
}
