// The slider itself: axis, score curve and band drawn once, needles that move; joined with
// film_slider.js into one module.

// The score's axis ends at a round number above all that is shown, so that a low curve is seen.
function topOf(data) {
  const most = Math.max(1.5 * data.threshold, ...(data.score_high ?? data.score).filter((score) => score !== null));
  return [0.1, 0.2, 0.3, 0.5, 0.75].find((end) => most <= end) ?? 1;
}

// What a doubling time that the user set makes of the sizes: arithmetic on that number alone.
function days(mm, data) {
  return 3 * Math.log2(mm / startOf(data)) * data.doubling_days;
}

// Sizes are counted from the ruler's reading, and where it is not asked from the outline.
function startOf(data) {
  return data.original_mm ?? data.outline_mm;
}

// Only what moves is changed while a hand drags: the rest is drawn once for a film and a width.
function instrument(film, state) {
  const { width } = sizes(film);
  if (!width) return;
  if (film.ruler?.width !== width) film.ruler = backdrop(film, width);
  const { data } = film, { x, y, curved, moving } = film.ruler;
  const at = x(state.asked), read = state.measured !== null && data.unit === "mm";
  change(moving.needle, { x1: at, x2: at, y2: curved ? BOTTOM : RULER + 20 });
  change(moving.thumb, { cx: at });
  write(moving.asked, at, `asked ${spell(state.asked, data, true)}`, width);
  for (const part of [moving.measured, moving.head, moving.read]) change(part, { display: read ? "inline" : "none" });
  if (read) {
    const { first, last } = film.ruler;
    const size = Math.min(x(last) + 8, Math.max(x(first) - 8, x(state.measured)));
    change(moving.measured, { x1: size, x2: size });
    change(moving.head, { transform: `translate(${size.toFixed(1)} 0)` });
    write(moving.read, size, ruled(state.measured, data), width);
  }
  change(moving.dot, { display: state.score === null ? "none" : "inline" });
  if (state.score !== null)
    change(moving.dot, { cx: at, cy: y(state.score), class: `dot ${state.above ? "above" : "below"}` });
}

// What the colours of the axis and the curve mean, where they are there.
function legend(film) {
  const { data } = film, items = [];
  if (data.notes.some(Boolean)) items.push(["doubt", "on the axis: refused, drag there to read why"]);
  if (data.score.some((score) => score !== null)) items.push(["zone", "score above the threshold"]);
  if (data.score_low) items.push(["band", "95 % of heads trained again"]);
  if (data.live && data.unit === "mm" && data.measured.some((size) => size !== null))
    items.push(["needle", "by ruler, up to ten times a second while you drag, and where you stop"]);
  film.legend.hidden = data.mode !== "slider" || !items.length;
  film.legend.replaceChildren(...items.map(([kind, says]) => {
    const whole = document.createElement("span"), mark = document.createElement("i");
    mark.className = `key ${kind}`;
    whole.append(mark, says);
    return whole;
  }));
}

function change(element, attributes) {
  element.was ??= {};
  for (const [name, value] of Object.entries(attributes)) {
    const said = typeof value === "number" ? value.toFixed(1) : value;
    if (element.was[name] !== said) element.setAttribute(name, (element.was[name] = said));
  }
}

// A text about a place on the axis, kept within the picture.
function within(at, words, width) {
  const room = 3.5 * words.length;
  return Math.min(width - room - 4, Math.max(room + 4, at));
}

function write(text, at, words, width) {
  change(text, { x: within(at, words, width) });
  put(text, words);
}

function backdrop(film, width) {
  const { data, svg } = film;
  const first = data.asked[0], last = data.asked[data.asked.length - 1];
  const x = (value) => LEFT + ((value - first) / (last - first)) * (width - LEFT - RIGHT);
  const top = topOf(data);
  const y = (score) => BOTTOM - (Math.min(score, top) / top) * (BOTTOM - TOP);
  const parts = [];
  const line = (x1, y1, x2, y2, kind) => parts.push(`<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" class="${kind}"/>`);
  const text = (at, row, words, anchor, kind = "") => {
    const kept = anchor === "middle" ? within(at, words, width) : at;
    parts.push(`<text x="${kept}" y="${row}" text-anchor="${anchor}" class="${kind}">${words}</text>`);
  };
  line(x(first), RULER, x(last), RULER, "axis");
  const half = (x(last) - x(first)) / (data.asked.length - 1) / 2;
  data.notes.forEach((sentence, i) => {
    const from = Math.max(x(first), x(data.asked[i]) - half), to = Math.min(x(last), x(data.asked[i]) + half);
    if (sentence)
      parts.push(`<rect x="${from}" y="${RULER - 3}" width="${to - from}" height="6" class="doubt"/>`);
  });
  const gap = [0.1, 0.25, 0.5, 1, 2, 5, 10, 25, 50, 100].find((step) => (last - first) / step <= 12) ?? 250;
  for (let mark = Math.ceil(first / gap) * gap; mark <= last + 1e-6; mark += gap) {
    line(x(mark), RULER, x(mark), RULER + 7, "axis");
    text(x(mark), RULER + 20, `${+(data.cm && data.unit === "mm" ? mark / 10 : mark).toFixed(2)}`, "middle");
  }
  const curved = data.score.some((score) => score !== null);
  film.slider.classList.toggle("short", !curved);
  if (curved) {
    parts.push(`<rect x="${x(first)}" y="${TOP}" width="${x(last) - x(first)}" height="${y(data.threshold) - TOP}" class="zone"/>`);
    line(x(first), BOTTOM, x(last), BOTTOM, "axis");
    line(x(first), y(data.threshold), x(last), y(data.threshold), "threshold");
    text(LEFT - 6, TOP + 5, `${top}`, "end");
    text(LEFT - 6, BOTTOM + 4, "0", "end");
    text(LEFT - 6, Math.min(BOTTOM - 10, Math.max(TOP + 18, y(data.threshold) + 4)), data.threshold.toFixed(2), "end");
    if (data.score_low) {
      const edge = (values) => data.asked.map((at, i) => values[i] === null ? null : `${x(at)},${y(values[i])}`);
      const band = [...edge(data.score_low), ...edge(data.score_high).reverse()].filter(Boolean);
      parts.push(`<polygon points="${band.join(" ")}" class="band"/>`);
    }
    const points = data.asked.map((at, i) => data.score[i] === null ? "" : `${x(at)},${y(data.score[i])}`);
    parts.push(`<polyline points="${points.join(" ")}" class="curve"/>`);
    for (const at of data.crossings) {
      line(x(at), TOP, x(at), BOTTOM, "cross");
      text(x(at), BOTTOM + 15, `call changes at ${spell(at, data, true)}`, "middle", "strong");
    }
  }
  const timed = Boolean(data.doubling_days) && data.unit === "mm" && startOf(data) !== null;
  film.slider.classList.toggle("timed", timed);
  if (timed) {
    const row = (curved ? BOTTOM : RULER + 60) + 40, longest = days(last, data);
    const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].find((each) => longest / each <= 8) ?? 10000;
    line(x(first), row, x(last), row, "axis");
    for (let at = Math.ceil(days(first, data) / step) * step; at <= longest; at += step) {
      const mark = startOf(data) * 2 ** (at / data.doubling_days / 3);
      line(x(mark), row, x(mark), row + 6, "axis");
      text(x(mark), row + 18, `${at}`, "middle");
    }
    text(x(first), row - 6, `days, if the volume doubled every ${data.doubling_days} (the number you set; no prediction)`, "start");
  }
  const moving = {
    needle: `<line y1="${RULER}" class="needle"/>`,
    measured: `<line y1="${RULER}" y2="${RULER + 34}" class="measured"/>`,
    head: `<path d="M-6,${RULER + 36} L6,${RULER + 36} L0,${RULER + 24} Z" class="measured-head"/>`,
    read: `<text y="${RULER + 50}" text-anchor="middle" class="strong"></text>`,
    thumb: `<circle cy="${RULER}" r="9" class="thumb"/>`,
    asked: `<text y="${RULER - 17}" text-anchor="middle" class="strong"></text>`,
    dot: '<circle r="6" class="dot"/>',
  };
  svg.innerHTML = `<g>${parts.join("")}</g><g>${Object.values(moving).join("")}</g>`;
  Object.keys(moving).forEach((name, at) => (moving[name] = svg.lastChild.children[at]));
  return { width, x, y, first, last, curved, moving };
}
