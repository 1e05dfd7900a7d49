// The map: points, pictures and pointer live here; Python hears of a click or a finished lasso.

const maps = new WeakMap();

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let map = maps.get(parentElement);
  if (!map) {
    map = build(parentElement.querySelector(".map"));
    maps.set(parentElement, map);
  }
  map.pick = (row) => setTriggerValue("picked", row);
  map.lasso = (rows) => setTriggerValue("lassoed", rows);
  update(map, data);
  map.watch.observe(map.stage);
  return () => map.watch.disconnect();
}

function build(root) {
  const find = (selector) => root.querySelector(selector);
  const map = {
    root, find, stage: find(".stage"), points: find(".points"), above: find(".above"), card: find(".card"),
    mode: "move", pins: true, hover: -1, trail: null, view: null, sheet: null,
  };
  map.watch = new ResizeObserver(() => map.data && fit(map));
  for (const mode of ["move", "lasso", "box"]) {
    find(`[name=${mode}]`).addEventListener("click", () => setMode(map, mode));
  }
  find("[name=pins]").addEventListener("click", (event) => {
    map.pins = !map.pins;
    event.currentTarget.setAttribute("aria-pressed", String(map.pins));
    draw(map);
  });
  find("[name=nearer]").addEventListener("click", () => zoom(map, 1.4));
  find("[name=farther]").addEventListener("click", () => zoom(map, 1 / 1.4));
  find("[name=reset]").addEventListener("click", () => {
    map.view = freshView();
    draw(map);
  });
  listen(map);
  return map;
}

function freshView() {
  return { scale: 1, x: 0, y: 0, yaw: 0.6, pitch: 0.35 };
}

function setMode(map, mode) {
  map.mode = mode;
  for (const name of ["move", "lasso", "box"]) {
    map.find(`[name=${name}]`).setAttribute("aria-pressed", String(name === mode));
  }
  map.above.classList.toggle("drawing", mode !== "move");
}

function update(map, data) {
  const first = map.data?.id !== data.id;
  const laidOut = map.data?.layout !== data.layout;
  map.data = data;
  if (first || laidOut) {
    map.xyz = ["x", "y", "z"].map((axis) => (data[axis] ? new Float32Array(bytes(data[axis]).buffer) : null));
    map.view = freshView();
    map.hover = -1;
  }
  map.colours = bytes(data.colours);
  map.faded = bytes(data.faded);
  map.marked = new Set(data.marked);
  map.order ??= [];
  if (map.order.length !== map.colours.length / 3) map.order = shuffled(map.colours.length / 3);
  if (map.sheetFrom !== data.sheet) {
    map.sheetFrom = data.sheet;
    map.sheet = new Image();
    map.sheet.onload = () => draw(map);
    map.sheet.src = new URL(data.sheet, document.baseURI).href;
  }
  legend(map);
  fit(map);
}

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function shuffled(count) {
  const order = Array.from({ length: count }, (_, i) => i);
  const place = (i) => (i * 0.6180339887) % 1; // the golden ratio spreads any order evenly
  return order.sort((a, b) => place(a) - place(b));
}

function fit(map) {
  const box = map.stage.getBoundingClientRect();
  if (!box.width) return;
  map.wide = box.width;
  map.high = box.height;
  map.dense = Math.min(2, window.devicePixelRatio || 1) < 1.5 ? 1 : 2;
  for (const canvas of [map.points, map.above]) {
    canvas.width = map.wide * map.dense;
    canvas.height = map.high * map.dense;
  }
  draw(map);
}

function project(map) {
  const { scale, x, y, yaw, pitch } = map.view;
  const [xs, ys, zs] = map.xyz;
  const count = xs.length;
  const reach = 0.38 * Math.min(map.wide, map.high) * scale; // corners turn into view
  const across = zs ? reach : 0.44 * map.wide * scale, down = zs ? reach : 0.42 * map.high * scale;
  const screen = { x: new Float32Array(count), y: new Float32Array(count), depth: zs ? new Float32Array(count) : null };
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  for (let i = 0; i < count; i++) {
    let px = xs[i], py = ys[i];
    if (zs) {
      const turned = -xs[i] * sy + zs[i] * cy;
      px = xs[i] * cy + zs[i] * sy;
      py = ys[i] * cp - turned * sp;
      screen.depth[i] = ys[i] * sp + turned * cp;
    }
    screen.x[i] = map.wide / 2 + x + px * across;
    screen.y[i] = map.high / 2 + y - py * down;
  }
  return screen;
}

function draw(map) {
  if (!map.wide || !map.xyz) return;
  const screen = (map.screen = project(map));
  const ink = map.points.getContext("2d");
  ink.setTransform(map.dense, 0, 0, map.dense, 0, 0);
  ink.clearRect(0, 0, map.wide, map.high);
  const count = screen.x.length;
  const size = Math.max(1.6, Math.min(5.2, 130 / Math.sqrt(count))) * Math.min(1.7, Math.sqrt(map.view.scale));
  let order = Array.from({ length: count }, (_, i) => i);
  if (screen.depth) order.sort((a, b) => screen.depth[a] - screen.depth[b]);
  const shown = order.filter((i) => !map.faded[i]);
  ink.fillStyle = "rgba(128,138,144,.28)";
  for (const i of order) if (map.faded[i]) dot(ink, screen.x[i], screen.y[i], 0.75 * size);
  const some = map.marked.size > 0;
  for (const i of shown) {
    const near = screen.depth ? 1 + 0.28 * screen.depth[i] : 1;
    ink.globalAlpha = some && !map.marked.has(i) ? 0.22 : screen.depth ? 0.55 + 0.4 * Math.max(0, Math.min(1, near - 0.5)) : 0.85;
    ink.fillStyle = rgb(map.colours, i);
    dot(ink, screen.x[i], screen.y[i], size * near);
  }
  ink.globalAlpha = 1;
  if (map.pins && map.sheet?.naturalWidth) pin(map, ink, screen);
  over(map);
}

function pin(map, ink, screen) {
  const side = Math.min(64, 40 * Math.sqrt(map.view.scale)) * Math.min(1, map.wide / 560);
  const gap = 1.75 * side;
  const placed = [];
  const margin = 0.6 * side;
  const key = map.find(".legend").getBoundingClientRect();
  for (const i of map.order) {
    if (placed.length >= 60) break;
    if (map.faded[i] || (map.marked.size && !map.marked.has(i))) continue;
    const x = screen.x[i], y = screen.y[i];
    if (x < margin || y < margin || x > map.wide - margin || y > map.high - margin) continue;
    if (y - side / 2 < 52 && x + side / 2 > map.wide - 400) continue; // the tools stand there, the legend below left
    if (y > map.high - key.height - margin - 14 && x < key.width + margin + 16) continue;
    if (screen.depth && screen.depth[i] < 0) continue;
    if (placed.some(([px, py]) => Math.abs(px - x) < gap && Math.abs(py - y) < gap)) continue;
    placed.push([x, y]);
    picture(map, ink, i, x - side / 2, y - side / 2, side);
    ink.lineWidth = 2.5;
    ink.strokeStyle = rgb(map.colours, i);
    ink.beginPath();
    ink.roundRect(x - side / 2, y - side / 2, side, side, 5);
    ink.stroke();
  }
}

function picture(map, ink, i, x, y, side) {
  const { size_px: cell, columns } = map.data;
  const left = (i % columns) * cell, top = Math.floor(i / columns) * cell;
  ink.save();
  ink.beginPath();
  ink.roundRect(x, y, side, side, 5);
  ink.clip();
  ink.imageSmoothingQuality = "high";
  ink.drawImage(map.sheet, left + 0.5, top + 0.5, cell - 1, cell - 1, x, y, side, side);
  ink.restore();
}

function over(map) {
  const ink = map.above.getContext("2d");
  const style = getComputedStyle(map.stage);
  ink.setTransform(map.dense, 0, 0, map.dense, 0, 0);
  ink.clearRect(0, 0, map.wide, map.high);
  ring(map, ink, map.data.chosen, style.color, 3, 10);
  if (map.hover >= 0) ring(map, ink, map.hover, style.color, 2, 8);
  if (map.trail?.length > 1) {
    ink.beginPath();
    map.trail.forEach(([x, y], i) => (i ? ink.lineTo(x, y) : ink.moveTo(x, y)));
    ink.closePath();
    ink.fillStyle = "rgba(86,180,233,.16)";
    ink.strokeStyle = style.color;
    ink.setLineDash([5, 4]);
    ink.fill();
    ink.stroke();
    ink.setLineDash([]);
  }
}

function ring(map, ink, i, colour, width, radius) {
  if (!(i >= 0 && i < map.screen.x.length)) return;
  ink.beginPath();
  ink.arc(map.screen.x[i], map.screen.y[i], radius, 0, 2 * Math.PI);
  ink.lineWidth = width + 2;
  ink.strokeStyle = "rgba(255,255,255,.8)";
  ink.stroke();
  ink.lineWidth = width;
  ink.strokeStyle = colour;
  ink.stroke();
}

function dot(ink, x, y, radius) {
  ink.beginPath();
  ink.arc(x, y, radius, 0, 2 * Math.PI);
  ink.fill();
}

function rgb(colours, i) {
  return `rgb(${colours[3 * i]},${colours[3 * i + 1]},${colours[3 * i + 2]})`;
}

function nearest(map, x, y, within = 16) {
  let best = -1, least = within * within;
  for (let i = 0; i < map.screen.x.length; i++) {
    if (map.faded[i]) continue;
    const dx = map.screen.x[i] - x, dy = map.screen.y[i] - y;
    const far = dx * dx + dy * dy - (map.screen.depth ? 2 * map.screen.depth[i] : 0);
    if (far < least) [best, least] = [i, far];
  }
  return best;
}
