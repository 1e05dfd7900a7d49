// What lies above the points: threads, outlines, rings, halos and the line being drawn.

import { total } from "./columns";
import { inkOf } from "./drawing";
import { isForming } from "./forming";
import type { AtlasMap, Halo, Place, Rows, Screen } from "./types";

type Ink = CanvasRenderingContext2D;

export function over(map: AtlasMap): void {
  const screen = map.screen;
  if (!screen) return;
  const ink = inkOf(map.above), colour = getComputedStyle(map.stage).color;
  ink.setTransform(map.dense, 0, 0, map.dense, 0, 0);
  ink.clearRect(0, 0, map.wide, map.high);
  const tied = map.hover >= 0 ? map.hover : map.data.chosen;
  if (map.threads && !isForming(map)) thread(map, screen, ink, tied, colour);
  outline(map, screen, ink, map.selections.a, "#D55E00");
  outline(map, screen, ink, map.selections.b, "#2E86C1");
  ring(screen, ink, map.data.chosen, colour, 3, 10);
  if (map.hover >= 0) ring(screen, ink, map.hover, colour, 2, 8);
  if (!isForming(map)) for (const halo of map.data.halos) around(map, ink, halo, colour);
  if (!isForming(map)) naming(map, screen, ink, colour);
  if (map.trail && map.trail.length > 1) {
    ink.beginPath();
    map.trail.forEach(([x, y], i) => (i ? ink.lineTo(x, y) : ink.moveTo(x, y)));
    ink.closePath();
    ink.fillStyle = "rgba(86,180,233,.16)";
    ink.strokeStyle = colour;
    ink.setLineDash([5, 4]);
    ink.fill();
    ink.stroke();
    ink.setLineDash([]);
  }
}

/** Every group's name beside its typical patch, moved down where it would lie on another's. */
function naming(map: AtlasMap, screen: Screen, ink: Ink, colour: string): void {
  if (!map.colour || map.data.names.some(({ row }) => row >= screen.x.length)) return; // another run's
  const placed: [left: number, top: number, long: number][] = [], high = 21, { at, side } = map.pinned, rgb = map.colour.rgb;
  const paper = getComputedStyle(map.stage).backgroundColor;
  ink.font = "600 13px sans-serif";
  ink.textBaseline = "middle";
  for (const { row, name } of map.data.names) {
    const x = screen.x[row], y = screen.y[row], said = name.length > 26 ? `${name.slice(0, 25)}…` : name, long = ink.measureText(said).width + 30;
    if (map.muted?.[row] || x < 0 || y < 0 || x > map.wide || y > map.high) continue;
    const pinned = at.find(([px, py]) => Math.abs(px - x) < side / 2 && Math.abs(py - y) < side / 2); // its own picture is left free
    const left = Math.max(2, Math.min(map.wide - long - 2, x - long / 2));
    let top = pinned ? pinned[1] + side / 2 + 5 : y + 9;
    while (placed.some(([l, t, w]) => Math.abs(t - top) < high + 2 && l < left + long && left < l + w)) top += high + 3;
    placed.push([left, top, long]);
    ink.fillStyle = paper;
    ink.globalAlpha = 0.88;
    ink.beginPath();
    ink.roundRect(left, top, long, high, 7);
    ink.fill();
    ink.globalAlpha = 1;
    ink.fillStyle = `rgb(${rgb.subarray(3 * row, 3 * row + 3).join(",")})`;
    ink.beginPath();
    ink.arc(left + 12, top + high / 2, 5, 0, 2 * Math.PI);
    ink.fill();
    ink.fillStyle = colour;
    ink.fillText(said, left + 22, top + high / 2 + 0.5);
  }
  ink.textBaseline = "alphabetic";
  map.root.dataset.named = String(placed.length);
}

/** Lines to the true neighbours of a point, those of the latent space. */
function thread(map: AtlasMap, screen: Screen, ink: Ink, i: number, colour: string): void {
  const near = i >= 0 && i < screen.x.length ? nearOf(map, screen, i) : null;
  if (!near) return;
  ink.strokeStyle = colour;
  ink.lineWidth = 1.4;
  ink.globalAlpha = 0.75;
  ink.beginPath();
  for (const other of near) {
    ink.moveTo(screen.x[i], screen.y[i]);
    ink.lineTo(screen.x[other], screen.y[other]);
  }
  ink.stroke();
  ink.globalAlpha = 1;
}

/** A point's true neighbours: they came with the rows, or are asked for once it is looked at. */
export function nearOf(map: AtlasMap, screen: Screen, i: number): Uint32Array | null {
  const all = map.rows?.near;
  if (all) {
    const count = all.length / screen.x.length;
    return all.subarray(i * count, (i + 1) * count);
  }
  if (!map.rows) return null;
  const known = map.near.get(i);
  if (known !== undefined) return known;
  clearTimeout(map.nearLater);
  map.nearLater = setTimeout(() => {
    const { id, links: { near } } = map.data;
    map.near.set(i, null);
    fetch(new URL(near.replace("{row}", String(i)), document.baseURI))
      .then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(new Error(`near: ${answer.status}`))))
      .then((buffer) => {
        if (map.data.id !== id || map.data.links.near !== near) return;
        map.near.set(i, new Uint32Array(buffer));
        over(map);
      }, () => { if (map.data.links.near === near) map.near.delete(i); });
  }, 60);
  return null;
}

/** Rings around what is selected; a pinned picture is left free. */
function outline(map: AtlasMap, screen: Screen, ink: Ink, set: Rows, colour: string): void {
  if (!set || total(set) > 3000) return;
  const { at, side } = map.pinned, free = side / 2;
  ink.strokeStyle = colour;
  ink.lineWidth = 1.5;
  ink.beginPath();
  for (let i = 0; i < screen.x.length; i++) {
    if (!set[i] || at.some(([x, y]) => Math.abs(x - screen.x[i]) < free && Math.abs(y - screen.y[i]) < free)) continue;
    ink.moveTo(screen.x[i] + 5, screen.y[i]);
    ink.arc(screen.x[i], screen.y[i], 5, 0, 2 * Math.PI);
  }
  ink.stroke();
}

/** Where a placed node lies and, as its radius, how sure that is. */
function around(map: AtlasMap, ink: Ink, halo: Halo, colour: string): void {
  const [x, y] = onScreen(map, halo.x, halo.y);
  ink.beginPath();
  ink.ellipse(x, y, Math.max(6, halo.reach * map.across), Math.max(6, halo.reach * map.down), 0, 0, 2 * Math.PI);
  ink.fillStyle = "rgba(230,159,0,.2)";
  ink.strokeStyle = "#E69F00";
  ink.lineWidth = 2;
  ink.fill();
  ink.stroke();
  ink.fillStyle = colour;
  ink.fillRect(x - 3, y - 3, 6, 6);
}

function onScreen(map: AtlasMap, x: number, y: number): Place {
  return [map.wide / 2 + map.view.x + x * map.across, map.high / 2 + map.view.y - y * map.down];
}

export function onMap(map: AtlasMap, x: number, y: number): Place {
  return [(x - map.wide / 2 - map.view.x) / map.across, (map.high / 2 + map.view.y - y) / map.down];
}

function ring(screen: Screen, ink: Ink, i: number, colour: string, width: number, radius: number): void {
  if (!(i >= 0 && i < screen.x.length)) return;
  ink.beginPath();
  ink.arc(screen.x[i], screen.y[i], radius, 0, 2 * Math.PI);
  ink.lineWidth = width + 2;
  ink.strokeStyle = "rgba(255,255,255,.8)";
  ink.stroke();
  ink.lineWidth = width;
  ink.strokeStyle = colour;
  ink.stroke();
}
