// Pointer, wheel and keys on the map.

import { aside, hover } from "./between";
import { choosePoints, step, total } from "./columns";
import { draw, project } from "./drawing";
import { nearOf, over } from "./over";
import { isLaid } from "./types";
import type { AtlasMap, Laid, Place, Rows, Selections, View } from "./types";

/** Which way the arrow keys go on the screen. */
const WAYS: Partial<Record<string, Place>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** A drag under way. */
interface Drag {
  at: Place;
  view: View;
  drawing: boolean;
  box: boolean;
  moved: boolean;
}

export function listen(map: AtlasMap): void {
  const at = (event: MouseEvent): Place => {
    const box = map.stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  let from: Drag | null = null;
  const done = (): void => {
    from = null;
    map.trail = null;
    map.above.classList.remove("moving");
    over(map);
  };
  map.above.addEventListener("pointerdown", (event) => {
    if (!isLaid(map)) return;
    map.stage.focus({ preventScroll: true });
    map.above.setPointerCapture(event.pointerId);
    const drawing = map.mode !== "move" || event.shiftKey || takes(event);
    from = { at: at(event), view: { ...map.view }, drawing, box: map.mode === "box", moved: false };
    if (drawing) map.trail = [at(event)];
    hover(map, -1);
  });
  map.above.addEventListener("pointermove", (event) => {
    if (!isLaid(map)) return;
    const [x, y] = at(event);
    if (!from) return hover(map, nearest(map, x, y), x, y);
    const dx = x - from.at[0], dy = y - from.at[1];
    from.moved ||= Math.hypot(dx, dy) > 4;
    if (from.drawing) {
      const [x0, y0] = from.at, trail = map.trail ?? [from.at], last = trail[trail.length - 1];
      if (from.box) map.trail = [[x0, y0], [x, y0], [x, y], [x0, y]];
      else if (Math.hypot(x - last[0], y - last[1]) >= 3) trail.push([x, y]);
      return over(map);
    }
    if (!from.moved) return;
    map.above.classList.add("moving");
    if (map.xyz[2]) {
      map.view.yaw = from.view.yaw + dx / 160;
      map.view.pitch = Math.max(-1.5, Math.min(1.5, from.view.pitch + dy / 160));
    } else {
      map.view.x = from.view.x + dx;
      map.view.y = from.view.y + dy;
    }
    draw(map, true);
  });
  map.above.addEventListener("pointerup", (event) => {
    if (!from) return;
    const [x, y] = at(event);
    if (from.drawing && from.moved && isLaid(map)) drawn(map, event);
    else if (!from.moved && isLaid(map)) {
      const row = nearest(map, x, y);
      if (row >= 0) map.pick(row);
    }
    done();
  });
  map.above.addEventListener("pointercancel", done); // the system took the pointer: nothing was drawn
  map.above.addEventListener("pointerleave", () => hover(map, -1));
  map.stage.addEventListener("wheel", (event) => {
    if ((map.root.getRootNode() as Document | ShadowRoot).activeElement !== map.stage) return; // the page scrolls until the map is clicked
    event.preventDefault();
    const [x, y] = at(event);
    zoom(map, Math.exp(-event.deltaY / 400), x, y);
  }, { passive: false });
  map.root.addEventListener("keydown", (event) => key(map, event));
}

/** Ctrl or Alt takes away: many window managers keep Alt to themselves, a Mac keeps Ctrl. */
function takes({ ctrlKey, altKey }: MouseEvent): boolean {
  return ctrlKey || altKey;
}

/** A lasso or box ends: it replaces the selection, adds (Shift) or takes away (Ctrl, Alt). */
function drawn(map: Laid, event: MouseEvent): void {
  const { shiftKey } = event, away = takes(event);
  const found = inside(map), old = map.selections[map.which];
  const next = found.map((one, i) => (away ? (old?.[i] ?? 0) && !one : one || (shiftKey && (old?.[i] ?? 0))) ? 1 : 0);
  const other = map.which === "a" ? "b" : "a", theirs = map.selections[other];
  // no point is in both: the latest gesture has it
  const left = theirs ? theirs.map((one, i) => (one && !next[i] ? 1 : 0)) : null;
  const ours: Rows = total(next) ? next : null, rest: Rows = total(left) ? left : null;
  choosePoints(map, map.which === "a" ? { a: ours, b: rest } : { a: rest, b: ours }, true);
}

function key(map: AtlasMap, event: KeyboardEvent): void {
  if ((event.ctrlKey || event.metaKey) && ["z", "y"].includes(event.key.toLowerCase())) {
    event.preventDefault();
    return step(map, event.key.toLowerCase() === "y" || event.shiftKey ? 1 : -1);
  }
  if (event.target !== map.stage || !isLaid(map) || event.ctrlKey || event.metaKey) return;
  const way = WAYS[event.key];
  if (event.key === "Escape") hover(map, -1);
  else if (event.key === "Enter" && map.hover >= 0) map.pick(map.hover);
  else if (event.key === " " && map.hover >= 0) toggle(map, map.hover);
  else if (event.key === "+" || event.key === "-") zoom(map, event.key === "+" ? 1.4 : 1 / 1.4);
  else if (event.key === "n" || (way && event.shiftKey)) walkNeighbours(map, event.key === "ArrowLeft" || event.key === "ArrowUp" ? -1 : 1);
  else if (way) {
    const start = map.hover >= 0 ? map.hover : Math.max(0, map.data.chosen);
    const next = towards(map, start, way);
    goTo(map, next);
  } else return;
  event.preventDefault();
}

/** Hover a point from the keyboard; one off the screen is brought to its middle. */
function goTo(map: Laid, i: number): void {
  let x = map.screen.x[i], y = map.screen.y[i];
  if (!map.screen.depth && (x < 8 || y < 8 || x > map.wide - 8 || y > map.high - 8)) {
    map.view.x += map.wide / 2 - x;
    map.view.y += map.high / 2 - y;
    map.screen = project(map, map.xyz);
    [x, y] = [map.screen.x[i], map.screen.y[i]];
    draw(map);
  }
  hover(map, i, x, y);
}

/** The next (or last) of the true neighbours of the point the walk began from. */
function walkNeighbours(map: Laid, way: 1 | -1): void {
  const at = map.hover >= 0 ? map.hover : Math.max(0, map.data.chosen), walk = map.walk?.now === at ? map.walk : { from: at, step: -1 };
  const near = nearOf(map, map.screen, walk.from);
  if (!near) return; // being fetched: the next press finds it
  const step = walk.step < 0 && way < 0 ? near.length - 1 : (walk.step + way + near.length) % near.length;
  const number = `${step + 1} of ${near.length} nearest in ${map.data.nearest_in}. `;
  map.walk = { from: walk.from, step, now: near[step], number };
  goTo(map, near[step]); // its card says the number, and again when the drawn picture comes
  aside(map, [walk.from, near[step]].map((i) => [map.screen.x[i], map.screen.y[i]]));
}

/** Space takes the point into the selection, or out of it. */
function toggle(map: Laid, i: number): void {
  const next: Selections = { a: null, b: null };
  for (const which of ["a", "b"] as const) {
    const set = map.selections[which]?.slice(0, map.screen.x.length) ?? new Uint8Array(map.screen.x.length);
    set[i] = which === map.which && !set[i] ? 1 : 0;
    next[which] = total(set) ? set : null;
  }
  choosePoints(map, next, true);
}

function towards(map: Laid, start: number, [wx, wy]: Place): number {
  let best = start, least = Infinity;
  for (let i = 0; i < map.screen.x.length; i++) {
    if (i === start || map.muted[i]) continue;
    const dx = map.screen.x[i] - map.screen.x[start], dy = map.screen.y[i] - map.screen.y[start];
    const along = dx * wx + dy * wy;
    if (along <= 0.5) continue;
    const cost = along + 2.5 * Math.abs(dx * wy + dy * wx);
    if (cost < least) [best, least] = [i, cost];
  }
  return best;
}

function nearest(map: Laid, x: number, y: number, within = 16): number {
  let best = -1, least = within * within;
  for (let i = 0; i < map.screen.x.length; i++) {
    if (map.muted[i]) continue;
    const dx = map.screen.x[i] - x, dy = map.screen.y[i] - y;
    const far = dx * dx + dy * dy - (map.screen.depth ? 2 * map.screen.depth[i] : 0);
    if (far < least) [best, least] = [i, far];
  }
  return best;
}

export function zoom(map: AtlasMap, factor: number, x = map.wide / 2, y = map.high / 2): void {
  const scale = Math.max(0.6, Math.min(30, map.view.scale * factor));
  const real = scale / map.view.scale;
  map.view.x = (map.view.x - (x - map.wide / 2)) * real + (x - map.wide / 2);
  map.view.y = (map.view.y - (y - map.high / 2)) * real + (y - map.high / 2);
  map.view.scale = scale;
  draw(map, true);
}

function inside(map: Laid): Uint8Array {
  const count = map.screen.x.length, found = new Uint8Array(count), trail = map.trail ?? [];
  const xs = trail.map(([x]) => x), ys = trail.map(([, y]) => y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  for (let i = 0; i < count; i++) {
    const x = map.screen.x[i], y = map.screen.y[i];
    if (map.muted[i] || x < left || x > right || y < top || y > bottom) continue;
    let odd = false;
    for (let p = 0, q = trail.length - 1; p < trail.length; q = p++) {
      if (ys[p] > y !== ys[q] > y && x < ((xs[q] - xs[p]) * (y - ys[p])) / (ys[q] - ys[p]) + xs[p]) odd = !odd;
    }
    found[i] = odd ? 1 : 0;
  }
  return found;
}
