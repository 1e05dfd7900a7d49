// The view as one word in the page's link: how near, where, how turned, and whose points alone.

import type { AtlasMap } from "./types";

const VIEW = /^(-?\d{1,3}(?:\.\d{1,3})?_){5}(?:\d{1,3}(?:\.\d{1,3})*)?$/;

/** Scale, middle as shares of the stage, yaw, pitch, and the numbers of the names shown alone. */
export function viewWord(map: AtlasMap): string {
  const { scale, x, y, yaw, pitch } = map.view, numbers = [scale, x / (map.wide || 1), y / (map.high || 1), turned(yaw), pitch];
  return `${numbers.map((one) => Number(one.toFixed(3))).join("_")}_${[...map.solo].join(".")}`;
}

/** Look as the link says; a word that is none changes nothing. Kept until stage and legend are there. */
export function lookAsLinked(map: AtlasMap): void {
  if (!map.linked || !map.colour || !map.wide) return;
  const word = map.linked;
  map.linked = "";
  if (!VIEW.test(word)) return;
  const parts = word.split("_"), [scale, x, y, yaw, pitch] = parts.map(Number);
  map.view = { scale: Math.max(0.6, Math.min(30, scale)), x: x * map.wide, y: y * map.high, yaw, pitch };
  for (const name of parts[5].split(".").filter(Boolean).map(Number)) if (name < map.colour.names.length) map.solo.add(name);
}

/** The same turn within half a circle of none. */
function turned(yaw: number): number {
  return Math.atan2(Math.sin(yaw), Math.cos(yaw));
}
