// What is shown while a hand moves the map: the last drawing, moved and scaled as the view is, where
// drawing every point would take longer than a frame has. At rest all points are drawn again.

import { draw, inkOf, project } from "./drawing";
import { over } from "./over";
import { isLaid } from "./types";
import type { AtlasMap, Place, Still } from "./types";

const SOON_MS = 12; // a whole drawing that took less is made for every frame
const REST_MS = 80; // without a move, until every point is drawn again
const FAR = 0.4; // of the map's width: moved further, too much of it would be empty
const LARGER = 1.6; // scaled further, points would be blurred

/** Show the last drawing where the view is now; false where it cannot stand for the points. */
export function moved(map: AtlasMap): boolean {
  if (!isLaid(map) || map.screen.depth || map.wholeMs < SOON_MS) return false;
  const began = performance.now(), still = map.still ?? keep(map);
  const { view } = still, ratio = map.view.scale / view.scale;
  const at = ([x, y]: Place): Place => [map.wide / 2 + map.view.x + ratio * (x - map.wide / 2 - view.x), map.high / 2 + map.view.y + ratio * (y - map.high / 2 - view.y)];
  const [left, top] = at([0, 0]), [right, bottom] = at([map.wide, map.high]);
  const empty = Math.max(left, map.wide - right, top, map.high - bottom); // how far a side is bare
  if (still.canvas.width !== map.points.width || empty > FAR * map.wide || ratio > LARGER || ratio < 1 / LARGER) return false;
  const ink = inkOf(map.points);
  ink.setTransform(1, 0, 0, 1, 0, 0);
  ink.clearRect(0, 0, map.points.width, map.points.height);
  ink.drawImage(still.canvas, left * map.dense, top * map.dense, ratio * still.canvas.width, ratio * still.canvas.height);
  map.screen = project(map, map.xyz);
  map.pinned = { at: still.pinned.at.map(at), side: ratio * still.pinned.side };
  over(map);
  clearTimeout(map.resting);
  map.resting = setTimeout(() => draw(map), REST_MS);
  map.root.dataset.moved = String(Number(map.root.dataset.moved ?? 0) + 1);
  drawn(map, performance.now() - began);
  return true;
}

/** A copy of the points as they stand, and of the view they were drawn for. */
function keep(map: AtlasMap): Still {
  const canvas = document.createElement("canvas");
  canvas.width = map.points.width;
  canvas.height = map.points.height;
  inkOf(canvas).drawImage(map.points, 0, 0);
  map.still = { canvas, view: map.shown, pinned: map.pinned };
  return map.still;
}

/** Tell whoever measures that a frame is done, and what it took. */
export function drawn(map: AtlasMap, took: number): void {
  map.root.dataset.drawn = String(Number(map.root.dataset.drawn ?? 0) + 1);
  map.root.dataset.drawMs = took.toFixed(1);
}
