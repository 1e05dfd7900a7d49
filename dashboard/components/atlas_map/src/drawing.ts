// How points reach the canvas: stamped into one image, so that 37,000 take some milliseconds.

import { card } from "./between";
import { drawn, moved } from "./moving";
import { over } from "./over";
import { isLaid } from "./types";
import type { AtlasMap, Axes, Laid, Pinned, Place, Screen } from "./types";

const GREY = [128, 138, 144];

export function inkOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const ink = canvas.getContext("2d");
  if (!ink) throw new Error("atlas map: this browser draws on no canvas");
  return ink;
}

export function project(map: AtlasMap, [xs, ys, zs]: Axes): Screen {
  const { scale, x, y, yaw, pitch } = map.view;
  const count = xs.length;
  const reach = 0.38 * Math.min(map.wide, map.high) * scale; // corners turn into view
  map.across = zs ? reach : 0.44 * map.wide * scale;
  map.down = zs ? reach : 0.42 * map.high * scale;
  const screen: Screen = map.screen?.x.length === count && !map.screen.depth === !zs ? map.screen
    : { x: new Float32Array(count), y: new Float32Array(count), depth: zs ? new Float32Array(count) : null };
  const depth = screen.depth;
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  const mx = map.wide / 2 + x, my = map.high / 2 + y;
  for (let i = 0; i < count; i++) {
    let px = xs[i], py = ys[i];
    if (zs && depth) {
      const turned = -xs[i] * sy + zs[i] * cy;
      px = xs[i] * cy + zs[i] * sy;
      py = ys[i] * cp - turned * sp;
      depth[i] = ys[i] * sp + turned * cp;
    }
    screen.x[i] = mx + px * map.across;
    screen.y[i] = my - py * map.down;
  }
  return screen;
}

/** Draw at the next frame; many calls before it are one. While the view `moves`, a picture of the
 *  points may be moved instead; whatever else changed wants them drawn. */
export function draw(map: AtlasMap, moves = false): void {
  map.whole ||= !moves;
  if (map.waiting) return;
  map.waiting = true;
  requestAnimationFrame(() => {
    const whole = map.whole;
    map.waiting = map.whole = false;
    if (whole || !moved(map)) drawNow(map);
  });
}

function drawNow(map: AtlasMap): void {
  clearTimeout(map.resting);
  if (!map.wide || !map.xyz || !map.muted || map.muted.length !== map.xyz[0].length) return;
  const began = performance.now();
  map.screen = project(map, map.xyz);
  if (!isLaid(map)) return;
  const screen = map.screen, count = screen.x.length;
  const ink = inkOf(map.points);
  const wide = map.points.width, high = map.points.height;
  if (map.image?.width !== wide || map.image?.height !== high) map.image = ink.createImageData(wide, high);
  const pixels = new Uint32Array(map.image.data.buffer);
  pixels.fill(0);
  const size = Math.max(1.5, Math.min(5.2, 130 / Math.sqrt(count))) * Math.min(1.7, Math.sqrt(map.view.scale)) * map.dense;
  const { a, b } = map.selections, some = a || b, rgb = map.colour.rgb, muted = map.muted;
  const quiet = stamp(0.75 * size, 0.3), full = stamp(size, 0.88);
  const depth = screen.depth, near = depth ? [0.75, 0.9, 1.05, 1.25].map((grown) => stamp(grown * size, 0.9)) : null;
  const chosen = (i: number) => (a && a[i]) || (b && b[i]);
  for (let i = 0; i < count; i++) {
    if (muted[i] || (some && !chosen(i))) press(pixels, wide, high, screen.x[i] * map.dense, screen.y[i] * map.dense, quiet, GREY, 0);
  }
  const order = depth ? Array.from({ length: count }, (_, i) => i).sort((i, j) => depth[i] - depth[j]) : null;
  for (let n = 0; n < count; n++) {
    const i = order ? order[n] : n;
    if (muted[i] || (some && !chosen(i))) continue;
    const how = near && depth ? near[Math.max(0, Math.min(3, Math.floor(2 * depth[i] + 2)))] : full;
    press(pixels, wide, high, screen.x[i] * map.dense, screen.y[i] * map.dense, how, rgb, 3 * i);
  }
  ink.setTransform(1, 0, 0, 1, 0, 0);
  ink.putImageData(map.image, 0, 0);
  ink.setTransform(map.dense, 0, 0, map.dense, 0, 0);
  map.pinned = map.pins ? pin(map, ink, screen) : { at: [], side: 0 };
  map.still = null;
  map.shown = { ...map.view };
  over(map);
  map.wholeMs = performance.now() - began;
  drawn(map, map.wholeMs);
}

/** A round spot as offsets and coverages, made once for a size. */
const stamps = new Map<string, Int16Array>();
function stamp(radius: number, strength: number): Int16Array {
  const key = `${radius.toFixed(1)} ${strength}`;
  const kept = stamps.get(key);
  if (kept) return kept;
  const out = Math.ceil(radius + 0.5), spots: number[] = [];
  for (let y = -out; y <= out; y++) {
    for (let x = -out; x <= out; x++) {
      const cover = Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(x, y)));
      if (cover > 0) spots.push(x, y, Math.round(255 * strength * cover));
    }
  }
  if (stamps.size > 60) stamps.clear();
  const made = Int16Array.from(spots);
  stamps.set(key, made);
  return made;
}

function press(pixels: Uint32Array, wide: number, high: number, x: number, y: number, spots: Int16Array, rgb: ArrayLike<number>, at: number): void {
  const cx = Math.round(x), cy = Math.round(y);
  if (cx < -20 || cy < -20 || cx > wide + 20 || cy > high + 20) return;
  const r = rgb[at], g = rgb[at + 1], b = rgb[at + 2], own = (b << 16) | (g << 8) | r;
  for (let s = 0; s < spots.length; s += 3) {
    const px = cx + spots[s], py = cy + spots[s + 1];
    if (px < 0 || py < 0 || px >= wide || py >= high) continue;
    const place = py * wide + px, under = pixels[place], alpha = spots[s + 2];
    if (!under) {
      pixels[place] = ((alpha << 24) | own) >>> 0;
      continue;
    }
    const was = under >>> 24, left = (was * (255 - alpha)) / 255, sum = alpha + left, share = alpha / sum;
    const mr = r * share + (under & 255) * (1 - share), mg = g * share + ((under >> 8) & 255) * (1 - share);
    const mb = b * share + ((under >> 16) & 255) * (1 - share);
    pixels[place] = ((sum << 24) | (mb << 16) | (mg << 8) | mr) >>> 0;
  }
}

function pin(map: Laid, ink: CanvasRenderingContext2D, screen: Screen): Pinned {
  const side = Math.min(64, 40 * Math.sqrt(map.view.scale)) * Math.min(1, map.wide / 560);
  const gap = 1.75 * side, margin = 0.6 * side, placed: Place[] = [], count = screen.x.length;
  const { a, b } = map.selections;
  // the golden ratio's steps visit an order evenly, whatever it is sorted by
  const stride = Math.max(1, Math.round(count * 0.6180339887)), common = (m: number, n: number): number => (n ? common(n, m % n) : m);
  let step = stride;
  while (common(step, count) !== 1) step++;
  for (let n = 0, i = 0; n < Math.min(count, 4000) && placed.length < 60; n++, i = (i + step) % count) {
    if (map.muted[i] || ((a || b) && !(a && a[i]) && !(b && b[i]))) continue;
    const x = screen.x[i], y = screen.y[i];
    if (x < margin || y < margin || x > map.wide - margin || y > map.high - margin) continue;
    if (screen.depth && screen.depth[i] < 0) continue;
    if (placed.some(([px, py]) => Math.abs(px - x) < gap && Math.abs(py - y) < gap)) continue;
    placed.push([x, y]);
    if (!picture(map, ink, i, x - side / 2, y - side / 2, side)) continue;
    ink.lineWidth = 2.5;
    ink.strokeStyle = `rgb(${map.colour.rgb.subarray(3 * i, 3 * i + 3).join(",")})`;
    ink.beginPath();
    ink.roundRect(x - side / 2, y - side / 2, side, side, 5);
    ink.stroke();
  }
  return { at: placed, side };
}

/** One patch from its part of the sheet; false until that part is there. */
export function picture(map: AtlasMap, ink: CanvasRenderingContext2D, i: number, x: number, y: number, side: number): boolean {
  const { size_px: cell, part_rows: rows, part_columns: wide } = map.data;
  const number = Math.floor(i / rows);
  let part = map.parts.get(number);
  if (!part) {
    part = new Image();
    part.onload = () => { draw(map); card(map); };
    part.src = new URL(map.data.links.pictures.replace("{part}", String(number)), document.baseURI).href;
    map.parts.set(number, part);
  }
  if (!part.complete || !part.naturalWidth) return false;
  const at = i - number * rows;
  cut(ink, part, (at % wide) * cell, Math.floor(at / wide) * cell, cell, x, y, side);
  return true;
}

export function cut(ink: CanvasRenderingContext2D, image: HTMLImageElement | HTMLCanvasElement, left: number, top: number, cell: number, x: number, y: number, side: number): void {
  ink.save();
  ink.beginPath();
  ink.roundRect(x, y, side, side, 5);
  ink.clip();
  ink.imageSmoothingQuality = "high";
  ink.drawImage(image, left + 0.5, top + 0.5, cell - 1, cell - 1, x, y, side, side);
  ink.restore();
}
