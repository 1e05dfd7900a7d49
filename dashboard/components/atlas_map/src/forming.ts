// How the map took shape: the key slices' places at moments of training, gliding from one to the
// next under a slider. The last moment is the map itself, with every point.

import { hover } from "./between";
import { draw } from "./drawing";
import type { AtlasMap, FormingPack } from "./types";

const HIDDEN = 1e6; // where points without a kept code are put meanwhile

export function formingListens(map: AtlasMap): void {
  const slider = map.find<HTMLInputElement>("[name=moment]");
  slider.addEventListener("input", () => { map.playing = null; showMoment(map, Number(slider.value)); });
  map.find("[name=play]").addEventListener("click", () => play(map));
}

/** Take over the moments of another map, or none. */
export function takeForming(map: AtlasMap, pack: FormingPack | null): void {
  map.playing = null;
  map.formed = pack;
  const place = map.find(".forming"), slider = map.find<HTMLInputElement>("[name=moment]");
  place.hidden = !pack;
  if (pack) {
    slider.max = String(pack.epochs.length - 1);
    slider.value = slider.max;
  }
  if (map.home) showMoment(map, Infinity);
  else sayMoment(map);
}

/** Whether the map stands at a moment before the end. */
export function isForming(map: AtlasMap): boolean {
  return map.formed !== null && map.moment < map.formed.epochs.length - 1;
}

export function showMoment(map: AtlasMap, moment: number): void {
  map.moment = moment;
  const formed = map.formed;
  if (!map.home) return;
  if (formed && isForming(map)) {
    map.moving = null; // a glide to the finished map would go over this moment
    const { rows, x, y } = formed, count = rows.length, total = map.home[0].length;
    const from = Math.floor(moment), share = moment - from, a = from * count, b = a + count;
    const xs = new Float32Array(total).fill(HIDDEN), ys = new Float32Array(total).fill(HIDDEN);
    for (let i = 0; i < count; i++) {
      xs[rows[i]] = x[a + i] + share * (x[b + i] - x[a + i]);
      ys[rows[i]] = y[a + i] + share * (y[b + i] - y[a + i]);
    }
    map.xyz = [xs, ys, null];
  } else map.xyz = map.home;
  sayMoment(map);
  hover(map, -1);
  draw(map);
}

function sayMoment(map: AtlasMap): void {
  if (!map.formed) return;
  const { epochs, there } = map.formed, last = epochs.length - 1, at = Math.min(last, Math.round(map.moment));
  const says = at >= last ? "finished model: the map with every point"
    : `epoch ${epochs[at]}: of each patch's 15 nearest in the finished model, ${Math.round(100 * there[at])} % are its nearest already`;
  map.find(".forming output").textContent = says;
  map.find("[name=moment]").setAttribute("aria-valuetext", says);
}

function play(map: AtlasMap): void {
  if (map.playing || !map.formed) {
    map.playing = null;
    return;
  }
  const slider = map.find<HTMLInputElement>("[name=moment]"), last = map.formed.epochs.length - 1, calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const began = performance.now(), token = (map.playing = {});
  const move = (now: number): void => {
    if (map.playing !== token) return;
    const reached = Math.min(last, (now - began) / 900);
    const at = calm ? Math.floor(reached) : reached;
    slider.value = String(at);
    showMoment(map, at);
    if (reached < last) requestAnimationFrame(move);
    else map.playing = null;
  };
  requestAnimationFrame(move);
}
