// The card beside the pointer: the patch under it and beside that the same drawn from its code, or
// what the model would draw between the points. A grid of decodings answers at once; the exact one
// follows over our own socket, where one question is under way at a time and the latest is asked
// next. While the pointer moves between points, the newest exact picture stays until a newer one
// comes, under a badge of its own; beside a patch stands no other patch's picture.

import { cut, inkOf, picture } from "./drawing";
import { isForming } from "./forming";
import { onMap, over } from "./over";
import { isLaid } from "./types";
import type { Asked, AtlasMap, Exact, Laid, Last, Place } from "./types";

const PAUSE_MS = 16; // between two questions: the server closes on who asks more than 90 a second
const FAR = 2; // times the usual distance between neighbours from which a place is empty
const TORN = 1.5; // times the usual spread of the mixed codes from which the map is torn here
const BADLY = 1.5; // times the usual error of redrawing from which the model knows a place badly
const BEHIND = 0.25; // how far, in the map's half width, a picture may stand from where it was drawn

export function hover(map: AtlasMap, i: number, x = 0, y = 0): void {
  const changed = map.hover !== i;
  map.hover = i;
  const asks = map.between && map.data.links.between && !map.trail && isLaid(map) && !isForming(map);
  map.place = !asks ? null : i >= 0 ? ofPatch(map, i) : map.data.links.grid && x + y > 0 ? ofPlace(map, x, y) : null;
  map.above.classList.toggle("over", i >= 0);
  map.card.style.display = i >= 0 || map.place ? "block" : "none";
  map.card.classList.toggle("two", i >= 0 && map.place !== null);
  map.card.classList.toggle("nobody", i < 0);
  if (changed) over(map);
  if (i < 0 && !map.place) return;
  if (changed || map.place) card(map);
  if (map.place && !map.place.exact) ask(map);
  const long = map.card.offsetWidth;
  const left = x + long + 24 > map.wide ? x - long - 16 : x + 16;
  putCard(map, Math.max(4, left), Math.min(y - 60, map.high - map.card.offsetHeight - 6));
}

/** While keys walk from point to point: the card in the corner that is farthest from where one looks. */
export function aside(map: AtlasMap, seen: Place[]): void {
  const right = map.wide - map.card.offsetWidth - 6, low = map.high - map.card.offsetHeight - 6;
  const away = ([x, y]: Place): number => Math.min(...seen.map(([sx, sy]) => Math.hypot(x + map.card.offsetWidth / 2 - sx, y + map.card.offsetHeight / 2 - sy)));
  const corners: Place[] = [[6, 6], [right, 6], [6, low], [right, low]];
  const [left, top] = corners.reduce((best, one) => (away(one) > away(best) ? one : best));
  putCard(map, left, top);
}

function putCard(map: AtlasMap, left: number, top: number): void {
  map.card.style.left = `${left}px`;
  map.card.style.top = `${Math.max(4, top)}px`;
}

/** A patch, to be drawn from its own code; one that was drawn before is there at once. */
function ofPatch(map: Laid, row: number): Asked {
  if (map.place?.row === row) return map.place;
  return { row, x: map.xyz[0][row], y: map.xyz[1][row], gap: 0, exact: map.own.get(row) ?? null };
}

function ofPlace(map: Laid, left: number, top: number): Asked | null {
  const [x, y] = onMap(map, left, top);
  return Math.max(Math.abs(x), Math.abs(y)) < 1.15 ? { row: -1, x, y, gap: emptiness(map, x, y), exact: null } : null;
}

export function card(map: AtlasMap): void {
  const says = map.find(".card p"), pen = (name: string): CanvasRenderingContext2D => inkOf(map.find<HTMLCanvasElement>(`.card .${name} canvas`));
  const level = map.find(".card .drawn .level");
  if (map.place) drawPlace(map, map.place, pen("drawn"));
  if (map.hover >= 0) {
    if (!isLaid(map)) return; // another run's columns are on their way
    const ink = pen("cut"), exact = map.place?.exact;
    ink.clearRect(0, 0, 320, 320);
    map.find(".card .cut .level").textContent = picture(map, ink, map.hover, 0, 0, 320) ? "as cut out" : "picture on its way";
    level.textContent = exact ? "drawn from its code" : map.data.links.grid ? "drawn nearby" : "being drawn";
    const lines = [describe(map, map.hover)];
    if (exact && exact.error > BADLY) lines.push(`The model redraws it badly (${exact.error.toFixed(1)} × usual error)`);
    says.textContent = lines.join("\n");
    map.find(".read").textContent = (map.walk?.now === map.hover ? map.walk.number : "") + says.textContent;
  } else if (map.place) {
    const { gap, exact } = map.place, torn = tornAt(map, map.place);
    level.textContent = exact ? "a guess for this place" : lastDrawn(map, map.place) ? "a guess of a moment ago" : "a guess for nearby";
    const lines = ["Not a patient: mixed from the 8 patches nearest on the map"];
    if (gap > FAR) lines.push(`Empty here: ${gap.toFixed(1)} times the usual distance from any patch`);
    if (torn > TORN) lines.push(`Torn here: the 8 mixed are ${torn.toFixed(1)} × as unlike as usual neighbours`);
    if (exact && exact.error > BADLY) lines.push(`The model redraws patches here badly (${exact.error.toFixed(1)} × usual error)`);
    says.textContent = lines.join("\n");
  }
}

export function describe(map: Laid, i: number): string {
  const { patients, patient, node, size, label, split, splits, lesion, origins } = map.rows;
  const lines = [`${patients[patient[i]]}, ${lesion} ${node[i]}`];
  if (size[i] === size[i]) lines.push(`short axis ${length(size[i])}`);
  lines.push(origins[label[i]]);
  const { title, number, names, named } = map.colour;
  if (number[i] === number[i] && !title.startsWith("short axis")) lines.push(`${title} ${Number(number[i].toPrecision(3))}`);
  else if (names.length && !lines.some((line) => line.includes(names[named[i]][0]))) lines.push(`${title} ${names[named[i]][0]}`);
  if (splits[split[i]] === "train") lines.push("seen in training");
  return lines.join("\n");
}

function length(mm: number): string {
  return mm >= 20 ? `${(mm / 10).toFixed(1)} cm` : `${mm.toFixed(1)} mm`;
}

/** Distance to the nearest patch over the usual distance between neighbours. */
function emptiness(map: Laid, x: number, y: number): number {
  const [xs, ys] = map.xyz;
  let least = Infinity;
  for (let i = 0; i < xs.length; i++) {
    const dx = xs[i] - x, dy = ys[i] - y, far = dx * dx + dy * dy;
    if (far < least) least = far;
  }
  return Math.sqrt(least) / (map.usual || 1);
}

/** How unlike the 8 mixed codes are, over the usual: exactly, or of the grid's cell. */
function tornAt(map: AtlasMap, { row, x, y, exact }: Asked): number {
  if (row >= 0) return 0; // one code, not a mixture
  const side = map.data.grid_side;
  return exact?.torn ?? map.tears?.[(side - 1 - cellOf(map, y)) * side + cellOf(map, x)] ?? 0;
}

function cellOf(map: AtlasMap, one: number): number {
  const side = map.data.grid_side;
  return Math.max(0, Math.min(side - 1, Math.floor(((one + 1.15) / 2.3) * side)));
}

/** The newest exact picture, as long as it was drawn not far from here on this map. */
function lastDrawn(map: AtlasMap, place: Asked): Last | null {
  const { last } = map;
  return last && place.row < 0 && last.link === map.data.links.between && Math.hypot(last.x - place.x, last.y - place.y) < BEHIND / map.view.scale ? last : null;
}

function drawPlace(map: AtlasMap, place: Asked, ink: CanvasRenderingContext2D): void {
  const { x, y, gap, exact } = place, cell = map.data.size_px, side = map.data.grid_side, shown = exact ?? lastDrawn(map, place);
  const doubt = Math.max(gap / FAR, tornAt(map, place) / TORN, (exact?.error ?? 0) / BADLY); // the worst of the three
  const grid = shown ? null : gridOf(map);
  ink.clearRect(0, 0, 320, 320);
  ink.globalAlpha = Math.max(0.25, Math.min(1, 1.5 - 0.7 * doubt));
  if (shown) {
    map.exact ??= document.createElement("canvas");
    map.exact.width = map.exact.height = cell;
    const pen = inkOf(map.exact), image = pen.createImageData(cell, cell);
    shown.grey.forEach((one, i) => image.data.set([one, one, one, 255], 4 * i));
    pen.putImageData(image, 0, 0);
    cut(ink, map.exact, 0, 0, cell, 0, 0, 320);
  } else if (grid) {
    cut(ink, grid, cellOf(map, x) * cell, (side - 1 - cellOf(map, y)) * cell, cell, 0, 0, 320);
  }
  ink.globalAlpha = 1;
  if (doubt > 1) hatch(ink);
}

function hatch(ink: CanvasRenderingContext2D): void {
  ink.strokeStyle = "rgba(230,159,0,.75)";
  ink.lineWidth = 3;
  ink.beginPath();
  for (let at = -320; at < 320; at += 26) {
    ink.moveTo(at, 320);
    ink.lineTo(at + 320, 0);
  }
  ink.stroke();
}

/** The sheet of decodings, once it is there; asked for when it is first wanted. */
function gridOf(map: AtlasMap): HTMLImageElement | null {
  if (!map.grid && map.data.links.grid) {
    map.grid = new Image();
    map.grid.onload = () => { if (map.place) card(map); };
    map.grid.src = new URL(map.data.links.grid, document.baseURI).href;
  }
  return map.grid?.complete && map.grid.naturalWidth > 0 ? map.grid : null;
}

/** One question at a time; while one is under way only the latest place is kept. */
function ask(map: AtlasMap): void {
  if (!map.socket || map.socket.readyState > 1) {
    if (map.refused) return; // a server that closed on us is not asked again for this map
    const link = new URL(map.data.links.between, document.baseURI);
    link.protocol = link.protocol === "https:" ? "wss:" : "ws:";
    const socket = (map.socket = new WebSocket(link));
    // an old one's late words count for nothing
    const ours = <Event>(act: (event: Event) => void) => (event: Event): void => { if (map.socket === socket) act(event); };
    socket.binaryType = "arraybuffer";
    socket.onopen = ours(() => ask(map));
    socket.onmessage = ours(({ data }: MessageEvent<ArrayBuffer>) => answered(map, data));
    socket.onclose = ours(({ code }: CloseEvent) => { map.refused = code >= 4000; map.asking = null; });
  }
  if (map.socket?.readyState !== 1 || map.asking || !map.place) return;
  const early = PAUSE_MS - (performance.now() - map.sent);
  if (early > 0) {
    clearTimeout(map.later);
    map.later = setTimeout(() => ask(map), early);
    return;
  }
  const { row, x, y } = (map.asking = map.place);
  const question = new DataView(new ArrayBuffer(row >= 0 ? 8 : 12)); // a patch, or a place
  map.number = (map.number + 1) >>> 0;
  question.setUint32(0, map.number, true);
  if (row >= 0) question.setUint32(4, row, true);
  else {
    question.setFloat32(4, x, true);
    question.setFloat32(8, y, true);
  }
  map.socket.send(question.buffer);
  map.sent = performance.now();
}

function answered(map: AtlasMap, buffer: ArrayBuffer): void {
  const size = map.data.size_px, asked = map.asking;
  map.asking = null;
  if (buffer.byteLength !== 16 + size * size) return;
  const view = new DataView(buffer);
  if (asked && view.getUint32(0, true) === map.number) {
    asked.exact = { error: view.getFloat32(8, true), torn: view.getFloat32(12, true), grey: new Uint8Array(buffer, 16) };
    if (asked.row < 0) map.last = { x: asked.x, y: asked.y, link: map.data.links.between, grey: asked.exact.grey };
    else remember(map, asked.row, asked.exact);
    map.root.dataset.exactMs = (performance.now() - map.sent).toFixed(1);
    map.root.dataset.exact = String(Number(map.root.dataset.exact ?? 0) + 1);
    if (map.place) card(map);
  }
  if (map.place && !map.place.exact) ask(map);
}

/** Keep a patch's own drawing, so that coming back to it asks nothing. */
function remember(map: AtlasMap, row: number, exact: Exact): void {
  if (map.own.size > 300) map.own.clear();
  map.own.set(row, exact);
}

export function hangUp(map: AtlasMap): void {
  map.refused = false;
  map.asking = null;
  map.socket?.close();
  map.socket = null;
}
