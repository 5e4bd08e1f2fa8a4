// The wall shows as many rows as its screen has room for, and says how many more there are.
import { text } from "./words.js";

export function fitWall() {
  for (const section of document.querySelectorAll(".wall .two > .section")) {
    const more = section.querySelector(".wall-more");
    if (more) fit(section, [...section.querySelectorAll(".wall-rows > li")], more);
  }
}

function fit(section, rows, more) {
  let shown = rows.length;
  const show = () => {
    rows.forEach((row, place) => (row.hidden = place >= shown));
    const count = Number(more.dataset.total) - shown;
    more.hidden = count === 0;
    more.textContent = count ? text("wall.more", { count }) : "";
  };
  show();
  while (shown > 1 && section.scrollHeight > section.clientHeight) {
    shown -= 1;
    show();
  }
}
