// Paint on a patch; the server answers every stroke with the score, the map and the place. One
// request is under way at a time and the latest picture wins.

const brushes = new WeakMap();
const SIDE = 480;
const FOR = [230, 97, 1], AGAINST = [124, 82, 190];
const STRONG = 0.75; // opacity of full colour on a map
const MAP = [480, 320];
const WAS = "#E69F00", IS = "#2E86C1"; // the amber mark is what was, on the bar, the needles and the map
const TONES = [["dark", 40], ["grey", 110], ["bright", 240], ["restore", -1]];

export default function (component) {
  const { data, parentElement } = component;
  let brush = brushes.get(parentElement);
  if (!brush) {
    brush = build(parentElement.querySelector(".brush"));
    brushes.set(parentElement, brush);
  }
  if (brush.data?.id !== data.id) load(brush, data);
}

function build(root) {
  const find = (selector) => root.querySelector(selector);
  const brush = {
    root, find, tone: 0, x: 16, y: 16, down: false, asking: false, again: false,
    paint: find(".paint"), heat: find(".heat"), map: find(".map"),
  };
  for (const canvas of [brush.paint, brush.heat]) canvas.width = canvas.height = SIDE;
  [brush.map.width, brush.map.height] = MAP;
  TONES.forEach(([name, level], at) => {
    const button = document.createElement("button");
    button.type = "button";
    const dot = document.createElement("i");
    dot.style.background = level < 0 ? "transparent" : `rgb(${level} ${level} ${level})`;
    button.append(dot, name);
    button.addEventListener("click", () => choose(brush, at));
    find(".tones").append(button);
  });
  choose(brush, 0);
  const at = (event) => {
    const box = brush.paint.getBoundingClientRect(), size = brush.data.size_px;
    brush.x = Math.floor((event.clientX - box.left) / box.width * size);
    brush.y = Math.floor((event.clientY - box.top) / box.height * size);
  };
  brush.paint.addEventListener("pointerdown", (event) => {
    brush.paint.setPointerCapture(event.pointerId);
    brush.down = true;
    at(event);
    stroke(brush);
  });
  brush.paint.addEventListener("pointermove", (event) => {
    at(event);
    if (brush.down) stroke(brush); else draw(brush);
  });
  for (const end of ["pointerup", "pointercancel"])
    brush.paint.addEventListener(end, () => { brush.down = false; });
  brush.paint.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step && event.key !== " ") return;
    event.preventDefault();
    const last = brush.data.size_px - 1;
    if (step) {
      brush.x = Math.min(last, Math.max(0, brush.x + step[0]));
      brush.y = Math.min(last, Math.max(0, brush.y + step[1]));
      draw(brush);
    } else stroke(brush);
  });
  find(".save").addEventListener("click", () => save(brush));
  return brush;
}

function choose(brush, at) {
  brush.tone = at;
  [...brush.find(".tones").children].forEach((button, number) =>
    button.setAttribute("aria-pressed", String(number === at)));
}

function bytes(text) {
  return Uint8ClampedArray.from(atob(text), (letter) => letter.charCodeAt(0));
}

function load(brush, data) {
  brush.data = data;
  brush.original = bytes(data.patch);
  brush.pixels = brush.original.slice();
  brush.answer = null;
  brush.start = null;
  brush.paint.setAttribute("aria-label", data.words.paint);
  brush.find(".save").textContent = data.words.save;
  const row = brush.find(".presets");
  row.replaceChildren();
  for (const [name, picture] of [...data.presets, [data.words.back, data.patch]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => {
      brush.pixels = bytes(picture);
      draw(brush);
      ask(brush);
    });
    row.append(button);
  }
  draw(brush);
  ask(brush);
}

function stroke(brush) {
  const size = brush.data.size_px, radius = Number(brush.find(".width").value);
  const level = TONES[brush.tone][1];
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      if (Math.hypot(row - brush.y, column - brush.x) > radius - 0.4) continue;
      const place = row * size + column;
      brush.pixels[place] = level < 0 ? brush.original[place] : level;
    }
  draw(brush);
  ask(brush);
}

async function ask(brush) {
  if (brush.asking) { brush.again = true; return; }
  brush.asking = true;
  const { id, link } = brush.data;
  try {
    const reply = await fetch(new URL(link, document.baseURI), { method: "POST", body: brush.pixels });
    const found = reply.ok ? await reply.json() : null;
    if (brush.data.id === id) {
      brush.find(".problem").textContent = found ? "" : await reply.text();
      if (found) {
        brush.answer = { ...found, map: new Int8Array(bytes(found.map).buffer) };
        brush.start ??= found.at;
        draw(brush);
      }
    }
  } catch {
    brush.find(".problem").textContent = "The server does not answer.";
  }
  brush.asking = false;
  if (brush.again || brush.data.id !== id) { brush.again = false; ask(brush); }
}

function picture(canvas, size, colour) {
  const small = new OffscreenCanvas(size, size), pen = small.getContext("2d");
  const image = pen.createImageData(size, size);
  for (let place = 0; place < size * size; place++) image.data.set([...colour(place), 255], 4 * place);
  pen.putImageData(image, 0, 0);
  const ink = canvas.getContext("2d");
  ink.imageSmoothingQuality = "high";
  ink.drawImage(small, 0, 0, SIDE, SIDE);
  return ink;
}

function outline(ink, data, colour) {
  if (!data.outline) return;
  ink.save();
  ink.scale(SIDE / data.size_px, SIDE / data.size_px);
  ink.lineWidth = 0.3;
  ink.strokeStyle = colour;
  ink.stroke(new Path2D(data.outline));
  ink.restore();
}

function sides(ink) {
  ink.font = "600 22px sans-serif";
  ink.textAlign = "center";
  ink.textBaseline = "middle";
  ink.lineWidth = 4;
  for (const [letter, x, y] of [["R", 18, SIDE / 2], ["L", SIDE - 18, SIDE / 2], ["A", SIDE / 2, 18], ["P", SIDE / 2, SIDE - 18]]) {
    ink.strokeStyle = "#000a";
    ink.strokeText(letter, x, y);
    ink.fillStyle = "#fff";
    ink.fillText(letter, x, y);
  }
}

function simulated(ink, said) {
  ink.font = "600 20px sans-serif";
  ink.textAlign = "left";
  ink.textBaseline = "top";
  ink.lineWidth = 4;
  ink.strokeStyle = "#000a";
  ink.strokeText(said, 12, 12);
  ink.fillStyle = "#fff";
  ink.fillText(said, 12, 12);
}

function readings(brush) {
  const box = brush.find(".readings");
  box.replaceChildren();
  for (const { name, unit, before, after, low, high } of brush.answer.readings) {
    const at = (value) => `${Math.max(0, Math.min(100, 100 * (value - low) / (high - low || 1)))}%`;
    const digits = Math.max(Math.abs(before), Math.abs(after)) < 10 ? 2 : 1;
    const label = document.createElement("span"), needle = document.createElement("div"), said = document.createElement("span");
    label.textContent = name;
    needle.className = "needle";
    for (const [tag, value] of [["i", before], ["b", after]]) {
      const mark = document.createElement(tag);
      mark.style.left = at(value);
      needle.append(mark);
    }
    said.textContent = `${before.toFixed(digits)} → ${after.toFixed(digits)} ${unit}`.trim();
    box.append(label, needle, said);
  }
}

function mapped(brush) {
  const { data, answer, start } = brush, [width, height] = MAP, ink = brush.map.getContext("2d");
  const every = [...data.places, start, answer.at];
  const ends = [0, 1].map((axis) => every.map((one) => one[axis])).map((values) => [Math.min(...values), Math.max(...values)]);
  const at = ([x, y]) => [
    14 + (width - 28) * (x - ends[0][0]) / (ends[0][1] - ends[0][0] || 1),
    height - 14 - (height - 28) * (y - ends[1][0]) / (ends[1][1] - ends[1][0] || 1),
  ];
  ink.clearRect(0, 0, width, height);
  ink.fillStyle = "#808A90";
  for (const one of data.places) ink.fillRect(at(one)[0] - 1.5, at(one)[1] - 1.5, 3, 3);
  const from = at(start), to = at(answer.at);
  ink.lineWidth = 3;
  ink.strokeStyle = WAS;
  ink.beginPath();
  ink.moveTo(...from);
  ink.lineTo(...to);
  ink.stroke();
  ink.beginPath();
  ink.arc(...from, 9, 0, 7);
  ink.stroke();
  ink.beginPath();
  ink.arc(...to, 7, 0, 7);
  ink.fillStyle = IS;
  ink.fill();
  ink.strokeStyle = "#fff";
  ink.lineWidth = 2;
  ink.stroke();
  brush.root.dataset.at = answer.at.map((value) => value.toFixed(3)).join(" ");
}

function draw(brush) {
  const { data, pixels, answer } = brush, size = data.size_px;
  const [low, high] = data.window;
  const grey = (place) => Math.max(0, Math.min(255, 255 * (pixels[place] / 255 - low) / (high - low)));
  const ink = picture(brush.paint, size, (place) => { const g = grey(place); return [g, g, g]; });
  outline(ink, data, "#FFD166");
  if (data.sides) sides(ink);
  ruler(ink, data);
  ink.beginPath();
  ink.arc((brush.x + 0.5) * SIDE / size, (brush.y + 0.5) * SIDE / size, (Number(brush.find(".width").value) - 0.4) * SIDE / size + 4, 0, 7);
  ink.lineWidth = 2;
  ink.strokeStyle = "#fff";
  ink.stroke();
  const over = picture(brush.heat, size, (place) => {
    const g = grey(place);
    if (!answer) return [g, g, g];
    const value = answer.map[place] / 127, alpha = STRONG * Math.abs(value);
    const colour = value > 0 ? FOR : AGAINST;
    return colour.map((channel) => (1 - alpha) * g + alpha * channel);
  });
  outline(over, data, "#fff");
  if (data.sides) sides(over);
  ruler(over, data);
  if (pixels.some((level, place) => level !== brush.original[place]))
    for (const pen of [ink, over]) simulated(pen, data.words.simulated);
  brush.root.dataset.ready = answer ? data.id : "";
  if (!answer) return;
  const above = answer.score >= data.threshold;
  brush.find(".number b").textContent = answer.score.toFixed(2);
  brush.find(".number span").textContent = `${data.words.score}: ${above ? "suspicious" : "not suspicious"} (from ${data.threshold.toFixed(2)} up it is)`;
  const bar = brush.find(".gauge i");
  bar.style.width = `${100 * answer.score}%`;
  bar.classList.toggle("above", above);
  brush.find(".gauge u").style.left = `${100 * data.threshold}%`;
  brush.find(".gauge s").style.left = `${100 * data.score}%`;
  const points = (100 * (answer.score - data.score)).toFixed(1).replace(/^-?(0\.0)$/, "$1");
  brush.find(".change").textContent = `As it was: ${data.score.toFixed(2)} (amber mark). Change: ${Number(points) > 0 ? "+" : ""}${points} points.`;
  brush.find(".place").textContent = answer.place;
  brush.find(".made").textContent = answer.made;
  brush.find(".empty").textContent = answer.empty;
  brush.find(".mapped").textContent = data.words.map;
  brush.map.setAttribute("aria-label", data.words.map);
  colours(brush);
  readings(brush);
  mapped(brush);
  brush.heat.setAttribute("aria-label", answer.made);
}
