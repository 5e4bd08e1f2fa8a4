// <handoff-series>: the days of its table as a line, in which a period is chosen by drawing over it.

const HEIGHT = 180;
const LEAST_WIDTH = 240;
const DAY = 86400;
const STEPS = [1, 2, 7, 14, 28, 56].map((days) => days * DAY);
const LOWEST = 0.78;
const FONT = "12px 'Inter Variable', sans-serif";
// plain `en` would read as American
const language = (document.documentElement.lang || "en").replace(/^en$/, "en-GB");
const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
const dayAndMonth = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });
const instantOf = (day) => Date.parse(`${day}T00:00:00Z`) / 1000;
const dayOf = (instant) => new Date(instant * 1000).toISOString().slice(0, 10);

class HandoffSeries extends HTMLElement {
  connectedCallback() {
    this.rows = [...this.querySelectorAll("tr[data-day]")].reverse();
    this.goal = Number(this.dataset.goal);
    this.place = document.createElement("div");
    this.place.className = "series-plot";
    this.place.setAttribute("role", "img");
    this.place.setAttribute("aria-label", this.dataset.label);
    this.reading = document.createElement("p");
    this.reading.className = "series-reading";
    this.reading.setAttribute("aria-hidden", "true");
    this.prepend(this.reading, this.place);
    this.#read(this.rows.length - 1);
    this.#draw();
    this.sizes = new ResizeObserver(() => this.plot.setSize(this.#size()));
    this.sizes.observe(this);
    this.themes = new MutationObserver(() => this.#draw());
    this.themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
  }

  disconnectedCallback() {
    this.sizes?.disconnect();
    this.themes?.disconnect();
    this.plot?.destroy();
  }

  // Days in a row, those of which no clock has ended without a rate.
  #data() {
    const known = new Map(this.rows.map((row) => [instantOf(row.dataset.day), Number(row.dataset.rate)]));
    const days = [...known.keys()];
    const all = Array.from({ length: (days.at(-1) - days[0]) / DAY + 1 }, (_, place) => days[0] + place * DAY);
    return [all, all.map((day) => known.get(day) ?? null)];
  }

  #draw() {
    this.plot?.destroy();
    const ink = this.#colours("--ink", "--ink-3", "--line", "--breach-mark", "--surface", "--accent-soft");
    const data = this.#data();
    const floor = Math.max(0, Math.min(LOWEST, ...this.rows.map((row) => row.dataset.rate - 0.02)));
    const axis = { stroke: ink["--ink-3"], font: FONT, grid: { stroke: ink["--line"], width: 1 }, ticks: { show: false } };
    this.plot = new uPlot(
      {
        ...this.#size(),
        legend: { show: false },
        tzDate: (instant) => uPlot.tzDate(new Date(instant * 1000), "Etc/UTC"),
        scales: { x: { time: true, range: (_, first, last) => [first - DAY / 2, last + DAY / 2] }, y: { range: [floor, 1] } },
        axes: [
          { ...axis, grid: { show: false }, values: (_, splits) => splits.map((one) => dayAndMonth.format(one * 1000)), space: 70, incrs: STEPS },
          { ...axis, values: (_, splits) => splits.map((one) => percent.format(one)), size: 56 },
        ],
        series: [{}, { stroke: ink["--ink"], width: 1.5, points: { show: false } }],
        cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false, dist: 6 } },
        hooks: {
          drawClear: [(plot) => this.#drawPeriod(plot, ink)],
          draw: [(plot) => this.#drawDays(plot, ink)],
          setCursor: [(plot) => this.#read(this.#rowAt(plot.cursor.idx, data))],
          setSelect: [(plot) => this.#choose(plot, data)],
        },
      },
      data,
      this.place,
    );
  }

  #size() {
    return { width: Math.max(LEAST_WIDTH, this.clientWidth), height: HEIGHT };
  }

  #rowAt(index, [days]) {
    if (index === null || index === undefined) return this.rows.length - 1;
    return this.rows.findIndex((row) => row.dataset.day === dayOf(days[index]));
  }

  // The cells of a day in words, beside the line.
  #read(index) {
    const row = this.rows[index];
    if (row) this.reading.textContent = [...row.cells].map((cell) => cell.dataset.words ?? cell.textContent.trim()).join(" · ");
  }

  // The period whose rates the page shows.
  #drawPeriod(plot, ink) {
    const [from, to] = [instantOf(this.dataset.from) - DAY / 2, instantOf(this.dataset.to) + DAY / 2];
    const { left, top, width, height } = plot.bbox;
    const [start, end] = [from, to].map((at) => Math.min(left + width, Math.max(left, plot.valToPos(at, "x", true))));
    plot.ctx.fillStyle = ink["--accent-soft"];
    plot.ctx.fillRect(start, top, end - start, height);
  }

  // The goal dashed, a dot for each day, hollow below the goal.
  #drawDays(plot, ink) {
    const { ctx } = plot;
    const { left, width } = plot.bbox;
    const scale = devicePixelRatio;
    ctx.save();
    ctx.strokeStyle = ink["--ink-3"];
    ctx.lineWidth = scale;
    ctx.setLineDash([3 * scale, 3 * scale]);
    ctx.beginPath();
    const goal = plot.valToPos(this.goal, "y", true);
    ctx.moveTo(left, goal);
    ctx.lineTo(left + width, goal);
    ctx.stroke();
    ctx.setLineDash([]);
    for (const [place, rate] of plot.data[1].entries()) {
      if (rate === null) continue;
      ctx.beginPath();
      ctx.arc(plot.valToPos(plot.data[0][place], "x", true), plot.valToPos(rate, "y", true), 2.5 * scale, 0, 7);
      ctx.fillStyle = rate < this.goal ? ink["--surface"] : ink["--ink"];
      ctx.strokeStyle = rate < this.goal ? ink["--breach-mark"] : ink["--ink"];
      ctx.lineWidth = 1.5 * scale;
      ctx.fill();
      ctx.stroke();
    }
    ctx.restore();
  }

  #choose(plot, [days]) {
    if (!plot.select.width) return;
    const [from, to] = [0, plot.select.width].map((by) => dayOf(days[plot.posToIdx(plot.select.left + by)]));
    const address = new URL(this.dataset.address, location.href);
    address.searchParams.set("from", from);
    address.searchParams.set("to", to);
    address.hash = "attainment";
    location.assign(address);
  }

  #colours(...names) {
    const probe = document.createElement("span");
    this.append(probe);
    const found = names.map((name) => {
      probe.style.color = `var(${name})`;
      return [name, getComputedStyle(probe).color];
    });
    probe.remove();
    return Object.fromEntries(found);
  }
}

customElements.define("handoff-series", HandoffSeries);
