// Columns from our own routes as typed arrays, and sets of rows as bits.

import { draw } from "./drawing";
import { tellLines } from "./lines";
import type { AtlasMap, Packs, Rows, Selections } from "./types";

const packs = new Map<string, Promise<Packs[keyof Packs]>>();
const KINDS = { float32: Float32Array, uint32: Uint32Array, uint16: Uint16Array, uint8: Uint8Array };

type Kind = keyof typeof KINDS;

/** A pack's header with its columns beside it; each link is fetched once. */
export function columns<Name extends keyof Packs>(link: string): Promise<Packs[Name]> {
  let pack = packs.get(link);
  if (!pack) {
    const oldest = packs.keys().next().value;
    if (packs.size > 24 && oldest !== undefined) packs.delete(oldest);
    pack = fetch(new URL(link, document.baseURI)).then((answer) => {
      if (!answer.ok) throw new Error(`columns: ${answer.status}`);
      return answer.arrayBuffer();
    }).then(unpack);
    packs.set(link, pack);
    pack.catch(() => packs.delete(link));
  }
  return pack as Promise<Packs[Name]>; // a link names one kind of pack
}

/** Columns after their header; dashboard/atlas_packs.py says which stand in which pack. */
function unpack(buffer: ArrayBuffer): Packs[keyof Packs] {
  const long = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, long))) as { columns: Record<string, [Kind, number, number]> };
  const { columns: listed, ...said } = header, pack: Record<string, unknown> = said;
  for (const [name, [kind, at, count]] of Object.entries(listed)) pack[name] = new KINDS[kind](buffer, 4 + long + at, count);
  return pack as unknown as Packs[keyof Packs];
}

/** A set of `count` rows (1 or 0 each) as one bit a row. */
export function packed(set: Rows, count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil(count / 8));
  if (set) for (let i = 0; i < count; i++) if (set[i]) bytes[i >> 3] |= 1 << (i & 7);
  return bytes;
}

/** The same as base64; null and empty are "". */
function bits(set: Rows): string {
  if (!set) return "";
  const bytes = packed(set, set.length);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

function unbits(text: string): Rows {
  if (!text) return null;
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)), set = new Uint8Array(8 * bytes.length);
  let some = false;
  for (let i = 0; i < set.length; i++) some = (set[i] = (bytes[i >> 3] >> (i & 7)) & 1) > 0 || some;
  return some ? set : null;
}

/** Both selections at once: kept for undo, told to Python once, with whether points were drawn around. */
export function choosePoints(map: AtlasMap, next: Selections, gesture = false): void {
  map.past.push(map.selections);
  if (map.past.length > 60) map.past.shift();
  map.future = [];
  map.selections = next;
  settled(map, gesture);
}

/** What the page chose instead; kept for undo where the map held something else before. */
export function takeOver(map: AtlasMap, said: { a: string; b: string }, undone: boolean): void {
  const next = { a: unbits(said.a), b: unbits(said.b) }, before = map.selections;
  if (undone && (bits(before.a) !== bits(next.a) || bits(before.b) !== bits(next.b))) {
    map.past.push(before);
    map.future = [];
  }
  map.selections = next;
}

export function step(map: AtlasMap, way: 1 | -1): void {
  const [from, to] = way < 0 ? [map.past, map.future] : [map.future, map.past];
  const next = from.pop();
  if (!next) return;
  to.push(map.selections);
  map.selections = next;
  settled(map);
}

function settled(map: AtlasMap, gesture = false): void {
  tools(map);
  draw(map);
  const { a, b } = map.selections;
  map.find(".read").textContent = `Selection A ${total(a)} points, selection B ${total(b)} points.`;
  void tellLines(map).then(() => {
    if (map.selections.a === a && map.selections.b === b) map.tell({ a: bits(a), b: bits(b), gesture: gesture && Boolean(a || b) });
  });
}

export function total(set: Rows): number {
  let count = 0;
  if (set) for (const one of set) count += one;
  return count;
}

export function tools(map: AtlasMap): void {
  map.find<HTMLButtonElement>("[name=undo]").disabled = !map.past.length;
  map.find<HTMLButtonElement>("[name=redo]").disabled = !map.future.length;
  for (const which of ["a", "b"] as const) {
    const count = total(map.selections[which]);
    map.find(`[name=${which}] span`).textContent = count ? count.toLocaleString("en") : "";
  }
  map.find<HTMLButtonElement>("[name=clear]").disabled = !map.selections.a && !map.selections.b;
}
