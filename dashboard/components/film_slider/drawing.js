// How a film's pictures and its instrument are drawn; joined with film_slider.js into one module.

// A picture is made of its values, and a canvas painted, only where they are others than before.
function paint(film, name, values, made, title, note) {
  const { figure, canvas, caption } = film.pictures[name];
  if (figure.hidden) return;
  const said = `${title} ${note.said ?? note}`;
  if (film.said[name] !== said) {
    film.said[name] = said;
    const strong = document.createElement("b");
    strong.textContent = title;
    caption.replaceChildren(strong, " ", ...(note.nodes ?? [note]));
    canvas.setAttribute("aria-label", said);
  }
  const { data } = film, side = sizes(film).sides[name], before = film.painted[name];
  if (before?.values === values && before.side === side) return;
  film.painted[name] = { values, side };
  if (canvas.width !== side) canvas.width = canvas.height = side;
  if (!film.small) {
    const canvas = new OffscreenCanvas(data.size_px, data.size_px);
    film.small = { canvas, pen: canvas.getContext("2d"), image: new ImageData(data.size_px, data.size_px) };
  }
  const { small } = film;
  made(values, film, small.image.data);
  small.pen.putImageData(small.image, 0, 0);
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, side, side);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(small.canvas, 0, 0, side, side);
  if (name !== "difference") pen.drawImage(marks(film, name, side), 0, 0);
}

// Letters, bar and badge are the same on every picture of a film: they are written once.
function marks(film, name, side) {
  const kept = film.marks[name];
  if (kept?.width === side) return kept;
  const made = new OffscreenCanvas(side, side);
  annotate(made.getContext("2d"), side, sizes(film).ratio, film.data, film.data.badges[name]);
  return (film.marks[name] = made);
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
  // a small one is held against the large ones, on which sides and scale are written
  const small = side < SMALL_PX * ratio;
  if (letters && !small) {
    write(letters[0], edge, side / 2, "left", "middle");
    write(letters[1], side - edge, side / 2, "right", "middle");
    write(letters[2], side / 2, edge, "center", "top");
  }
  const bar = data.spacing_mm && !small ? (data.bar_mm / data.spacing_mm) * (side / data.size_px) : 0;
  const y = side - edge;
  if (badge) {
    // beside the bar, and smaller where a small picture leaves it little room
    const room = side - (bar ? 3 : 2) * edge - bar, wide = pen.measureText(badge).width;
    pen.font = `600 ${size * Math.min(1, room / wide)}px system-ui, sans-serif`;
    write(badge, side - edge, y, "right", "bottom");
    pen.font = `600 ${size}px system-ui, sans-serif`;
  }
  if (!bar) return;
  pen.fillStyle = "rgba(0,0,0,.75)";
  pen.fillRect(edge - ratio, y - 4 * ratio, bar + 2 * ratio, 5 * ratio);
  pen.fillStyle = "#fff";
  pen.fillRect(edge, y - 3 * ratio, bar, 3 * ratio);
  write(data.cm ? `${data.bar_mm / 10} cm` : `${data.bar_mm} mm`, edge, y - 6 * ratio, "left", "bottom");
}

function grey(values, { data: { window: [low, high] } }, image) {
  for (let i = 0; i < values.length; i++) {
    image[4 * i] = image[4 * i + 1] = image[4 * i + 2] = (255 * (values[i] / 255 - low)) / (high - low);
    image[4 * i + 3] = 255;
  }
}

function signed(values, { original, scale }, image) {
  for (let i = 0; i < values.length; i++) {
    const change = values[i] - original[i];
    const [red, green, blue] = change > 0 ? BRIGHTER : DARKER;
    image[4 * i] = red;
    image[4 * i + 1] = green;
    image[4 * i + 2] = blue;
    image[4 * i + 3] = (255 * Math.abs(change)) / scale;
  }
}

function difference(scale) {
  const swatch = ([r, g, b], says) => {
    const whole = document.createElement("span"), mark = document.createElement("span");
    whole.className = "swatched";
    mark.className = "swatch";
    mark.style.background = `rgb(${r} ${g} ${b})`;
    whole.append(mark, says);
    return whole;
  };
  const most = (scale / 255).toFixed(2);
  return { said: `darker, brighter, full colour at ${most}`, nodes: [swatch(DARKER, "darker"), " ", swatch(BRIGHTER, "brighter,"), ` full colour at ${most}`] };
}

// The pictures of a sprite sheet, by their number in it.
async function tiled({ sprite, columns }, side) {
  const sheet = new Image();
  sheet.src = sprite;
  await sheet.decode();
  const pen = new OffscreenCanvas(sheet.width, sheet.height).getContext("2d", { willReadFrequently: true });
  pen.drawImage(sheet, 0, 0);
  return (index) => {
    const rgba = pen.getImageData((index % columns) * side, Math.floor(index / columns) * side, side, side).data;
    return Uint8ClampedArray.from({ length: side ** 2 }, (_, i) => rgba[4 * i]);
  };
}

// What is held against the walk takes longer to draw: its places are there, so that nothing moves.
function waitFor(film) {
  const { data } = film;
  Object.assign(film, { twins: null, warps: null, told: null });
  for (const name of ["twin", "warp"]) {
    const { figure, canvas, caption } = film.pictures[name];
    figure.hidden = data.mode !== "slider" || !data.later.includes(name);
    figure.classList.add("waits");
    canvas.width = canvas.width; // as empty as what is known of it
    canvas.setAttribute("aria-label", caption.textContent = `${data.words[name]}: being drawn`);
  }
}

async function take(film) {
  const { data } = film, told = window.lymphoscapeLater?.get(data.key);
  if (!told || film.told?.id === told.id) return;
  film.told = told;
  const tile = told.sprite ? await tiled(told, data.size_px) : null;
  if (film.data !== data || film.told !== told) return;
  const all = (from) => data.asked.map((_, step) => tile(from + step));
  film.twins = told.has_twin ? all(0) : null;
  film.warps = told.has_warp ? all(told.has_twin ? data.asked.length : 0) : null;
  for (const [name, there] of [["twin", film.twins], ["warp", film.warps]]) {
    const { figure } = film.pictures[name];
    figure.hidden ||= !there;
    figure.classList.remove("waits");
  }
  film.sizes = null;
  draw(film);
}
