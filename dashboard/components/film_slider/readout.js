// What is said of the picture that is shown: size, score, call; joined with film_slider.js into one
// module.

function reading(film) {
  const { data, step, live } = film;
  const asked = film.at;
  const score = live && data.score[step] !== null ? live.score : data.score[step];
  // A picture is read a moment after it is drawn: until then the reading of a moment ago stands,
  // and where that is too old, the nearest step's of the film, which is said.
  const late = !film.read || performance.now() - film.read.at > LATE_MS;
  const reads = !live ? null : live.read ?? (late ? null : film.read.values);
  const waits = live && !reads && turned(film), near = Boolean(live && !reads && !waits);
  // where no picture of the film could be read, the ruler is not asked about others either
  const readable = data.measured.some((size) => size !== null);
  const measured = reads && readable ? reads[0] : waits ? null : data.measured[step];
  const amount = spell(asked, data);
  const read = waits ? "reading" : measured === null ? "not readable" : long(measured, data);
  const above = score !== null && score >= data.threshold;
  if (data.mode === "dials") {
    // nothing is said of a ruler that is not asked of this lesion
    const asks = data.live?.knobs.some(({ reads }) => reads >= 0);
    const roundness = reads?.[1] ? `, roundness ${(1 / reads[1]).toFixed(2)}` : "";
    return { asked, measured, score, amount: "", read, above, reads, near, spoken: "", caption: asks ? `${waits ? "reading" : ruled(measured, data)}${roundness}` : "" };
  }
  const caption = measured === null ? amount : `${data.unit === "mm" ? "" : amount + ", "}${ruled(measured, data)}`;
  const call = score === null ? "" : `, score ${apart(score, data.threshold)[0]}, ${above ? "above" : "below"} the threshold`;
  const size = data.measured.every((value) => value === null) ? "" : `, ${ruled(measured, data)}`;
  return { asked, measured, score, amount, read, above, reads, near, caption, spoken: `asked ${amount}${size}${call}` };
}

// lengths are said in one unit all over a film: cm where lesions are large
function long(mm, data) {
  return data.cm ? `${(mm / 10).toFixed(1)} cm` : `${mm.toFixed(1)} mm`;
}

// A twin that met the phantom's bounds, or the patch's edge, is not what was asked, and says so.
function twinned(told, step, data) {
  const mm = told.twins_mm?.[step] ?? null, size = mm === null ? "" : `${long(mm, data)} by its outline`;
  return told.twins_whole[step] === false ? `${size}; not drawn as asked`.replace(/^; /, "") : size;
}

function ruled(mm, data) {
  return mm === null ? "not readable by ruler" : `${long(mm, data)} by ruler`;
}

function spell(asked, data, short = false) {
  if (data.unit === "mm") return long(asked, data);
  const tail = short ? "" : data.unit === "%" ? " of the way" : "";
  const sign = data.unit !== "%" && asked > 0 ? "+" : "";
  return `${sign}${asked.toFixed(data.unit === "%" ? 0 : 1)} ${data.unit}${tail}`.trim();
}

// Two scores that rounding would make one are told apart by more digits.
function apart(one, other) {
  const said = (digits) => [one.toFixed(digits), other.toFixed(digits)];
  return [2, 3, 4].map(said).find(([a, b]) => a !== b) ?? said(2);
}

function tiles(film, state) {
  const { data, tile } = film;
  const write = ({ strong, soft }, said, below) => {
    put(strong, said);
    put(soft, below);
  };
  write(tile.asked, state.amount, data.words.asked);
  write(tile.measured, state.read, state.near ? NEAR : data.words.measured + warped(film));
  tile.measured.card.hidden = data.measured.every((size) => size === null);
  const { card } = tile.score;
  card.hidden = state.score === null;
  if (state.score === null) return;
  card.classList.toggle("above", state.above);
  card.classList.toggle("below", !state.above);
  const side = state.above ? "above" : "below";
  const [score, threshold] = apart(state.score, data.threshold);
  write(tile.score, score, `${data.words.score}: ${side} the threshold ${threshold}`);
  put(film.whose, data.words.whose);
  put(film.held, window.lymphoscapeSaid?.get(data.key)?.said ?? data.words.held);
  const share = `${(100 * state.score).toFixed(1)}%`, mark = `${100 * data.threshold}%`;
  // a gradient is painted anew; a width or a clip would have the page's layers sorted anew
  if (film.said.share !== share) film.fill.style.setProperty("--share", (film.said.share = share));
  if (film.said.mark !== mark) film.mark.style.left = film.said.mark = mark;
}

// A warp of the picture is no drawing of the network's, so how much of the size it made is said.
function warped(film) {
  const more = 100 * (enlarged(film) - 1);
  if (Math.abs(more) < 0.5) return "";
  return `; the last ${more > 0 ? "+" : "−"}${Math.abs(more).toFixed(0)} % a plain warp`;
}

// Writing what stands there already would make the browser lay the page out again.
function put(place, text) {
  if (place.textContent !== text) place.textContent = text;
}
