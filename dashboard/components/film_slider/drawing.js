// How a film's pictures and its instrument are drawn; joined with film_slider.js into one module.

// A picture is made of its values, and a canvas painted, only where they are others than before.
function paint(film, name, values, made, title, note) {
  const figure = film.find(`[data-picture=${name}]`);
  if (figure.hidden) return;
  const { data } = film, canvas = figure.querySelector("canvas");
  const said = `${title} ${[note].flat().map((part) => part.textContent ?? part).join("")}`;
  if (canvas.getAttribute("aria-label") !== said) {
    const strong = document.createElement("b");
    strong.textContent = title;
    figure.querySelector("figcaption").replaceChildren(strong, " ", ...[note].flat());
    canvas.setAttribute("aria-label", said);
  }
  const ratio = window.devicePixelRatio || 1;
  const side = Math.round((canvas.clientWidth || 200) * ratio);
  const before = film.painted?.[name];
  if (before?.values === values && before.side === side) return;
  film.painted = { ...film.painted, [name]: { values, side } };
  if (canvas.width !== side) canvas.width = canvas.height = side;
  film.small ??= new OffscreenCanvas(data.size_px, data.size_px);
  const image = made(values, film);
  film.small.getContext("2d").putImageData(new ImageData(image, data.size_px), 0, 0);
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, side, side);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(film.small, 0, 0, side, side);
  if (name !== "difference") annotate(pen, side, ratio, data, data.badges[name]);
}

function annotate(pen, side, ratio, data, badge) {
  const size = Math.max(11 * ratio, side / 24), edge = size * 0.6;
  pen.font = `600 ${size}px system-ui, sans-serif`;
  pen.lineWidth = Math.max(2, size / 5);
  pen.strokeStyle = "rgba(0,0,0,.75)";
  pen.fillStyle = "#fff";
  const write = (text, x, y, align, baseline) => {
    pen.textAlign = align;
    pen.textBaseline = baseline;
    pen.strokeText(text, x, y);
    pen.fillText(text, x, y);
  };
  const { letters } = data;
  if (letters) {
    write(letters[0], edge, side / 2, "left", "middle");
    write(letters[1], side - edge, side / 2, "right", "middle");
    write(letters[2], side / 2, edge, "center", "top");
  }
  if (badge) write(badge, side - edge, side - edge, "right", "bottom");
  if (!data.spacing_mm) return;
  const bar = (data.bar_mm / data.spacing_mm) * (side / data.size_px);
  const y = side - edge;
  pen.fillStyle = "rgba(0,0,0,.75)";
  pen.fillRect(edge - ratio, y - 4 * ratio, bar + 2 * ratio, 5 * ratio);
  pen.fillStyle = "#fff";
  pen.fillRect(edge, y - 3 * ratio, bar, 3 * ratio);
  write(`${data.bar_mm} mm`, edge, y - 6 * ratio, "left", "bottom");
}

function grey(values, { data: { window: [low, high] } }) {
  const image = new Uint8ClampedArray(4 * values.length);
  for (let i = 0; i < values.length; i++) {
    image[4 * i] = image[4 * i + 1] = image[4 * i + 2] = (255 * (values[i] / 255 - low)) / (high - low);
    image[4 * i + 3] = 255;
  }
  return image;
}

function signed(values, { original, scale }) {
  const image = new Uint8ClampedArray(4 * values.length);
  for (let i = 0; i < values.length; i++) {
    const change = values[i] - original[i];
    const [red, green, blue] = change > 0 ? BRIGHTER : DARKER;
    image[4 * i] = red;
    image[4 * i + 1] = green;
    image[4 * i + 2] = blue;
    image[4 * i + 3] = (255 * Math.abs(change)) / scale;
  }
  return image;
}

function difference(scale) {
  const swatch = ([r, g, b]) => {
    const mark = document.createElement("span");
    mark.className = "swatch";
    mark.style.background = `rgb(${r} ${g} ${b})`;
    return mark;
  };
  return [swatch(DARKER), "darker ", swatch(BRIGHTER), `brighter, full colour at ${(scale / 255).toFixed(2)}`];
}

// The score's axis ends at a round number above all that is shown, so that a low curve is seen.
function topOf(data) {
  const most = Math.max(1.5 * data.threshold, ...(data.score_high ?? data.score).filter((score) => score !== null));
  return [0.1, 0.2, 0.3, 0.5, 0.75].find((end) => most <= end) ?? 1;
}

// What a doubling time that the user set makes of the sizes: arithmetic on that number alone.
function days(mm, data) {
  return 3 * Math.log2(mm / (data.original_mm ?? data.outline_mm)) * data.doubling_days;
}

function instrument(film, state) {
  const { data, svg } = film;
  const width = film.slider.clientWidth;
  if (!width) return;
  const first = data.asked[0], last = data.asked[data.asked.length - 1];
  const x = (value) => LEFT + ((value - first) / (last - first)) * (width - LEFT - RIGHT);
  const top = topOf(data);
  const y = (score) => BOTTOM - (Math.min(score, top) / top) * (BOTTOM - TOP);
  const parts = [];
  const line = (x1, y1, x2, y2, kind) => parts.push(`<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" class="${kind}"/>`);
  const text = (at, row, words, anchor, kind = "") => {
    const room = 7 * words.length * 0.5;
    const kept = anchor === "middle" ? Math.min(width - room - 4, Math.max(room + 4, at)) : at;
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
  const timed = Boolean(data.doubling_days) && data.unit === "mm" && data.original_mm !== null;
  film.slider.classList.toggle("timed", timed);
  if (timed) {
    const row = (curved ? BOTTOM : RULER + 60) + 40, longest = days(last, data);
    const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].find((each) => longest / each <= 8) ?? 10000;
    line(x(first), row, x(last), row, "axis");
    for (let at = Math.ceil(days(first, data) / step) * step; at <= longest; at += step) {
      const mark = data.original_mm * 2 ** (at / data.doubling_days / 3);
      line(x(mark), row, x(mark), row + 6, "axis");
      text(x(mark), row + 18, `${at}`, "middle");
    }
    text(x(first), row - 6, `days, if the volume doubled every ${data.doubling_days} (the number you set; no prediction)`, "start");
  }
  line(x(state.asked), RULER, x(state.asked), curved ? BOTTOM : RULER + 20, "needle");
  if (state.measured !== null && data.unit === "mm") {
    const at = Math.min(x(last) + 8, Math.max(x(first) - 8, x(state.measured)));
    line(at, RULER, at, RULER + 34, "measured");
    parts.push(`<path d="M${at - 6},${RULER + 36} L${at + 6},${RULER + 36} L${at},${RULER + 24} Z" class="measured-head"/>`);
    text(at, RULER + 50, ruled(state.measured, data), "middle", "strong");
  }
  parts.push(`<circle cx="${x(state.asked)}" cy="${RULER}" r="9" class="thumb"/>`);
  text(x(state.asked), RULER - 17, `asked ${spell(state.asked, data, true)}`, "middle", "strong");
  if (state.score !== null)
    parts.push(`<circle cx="${x(state.asked)}" cy="${y(state.score)}" r="6" class="dot ${state.above ? "above" : "below"}"/>`);
  svg.innerHTML = parts.join("");
}
