// The map: points, pictures, selections and pointer live here; Python hears of a finished gesture.
// Columns come as typed arrays from our own routes (columns.js), once each for a visitor.

import { hangUp } from "./between";
import { choosePoints, columns, step, takeOver, tools } from "./columns";
import { draw } from "./drawing";
import { formingListens, isForming, showMoment, takeForming } from "./forming";
import { tellLines } from "./lines";
import { listen, zoom } from "./pointer";
import { saveMap } from "./saving";
import type { AtlasMap, Axes, ColoursPack, Component, Data, Packs, PlacesPack, View } from "./types";
import { lookAsLinked, viewWord } from "./viewing";

const maps = new WeakMap<Component["parentElement"], AtlasMap>();

export default function (component: Component): () => void {
  const { data, parentElement, setTriggerValue } = component;
  const known = maps.get(parentElement), map = known ?? build(parentElement, data);
  maps.set(parentElement, map);
  map.pick = (row) => setTriggerValue("picked", row);
  map.tell = (sent) => setTriggerValue("selected", sent);
  map.link = (word) => setTriggerValue("viewed", word);
  update(map, data, known?.data ?? null);
  map.watch.observe(map.stage);
  return () => {
    map.watch.disconnect();
    hangUp(map);
  };
}

/** A part of the component's own page; that it is missing is a mistake in the page. */
function part<Found extends HTMLElement>(within: ParentNode, selector: string): Found {
  const found = within.querySelector<Found>(selector);
  if (!found) throw new Error(`atlas map: no ${selector}`);
  return found;
}

function build(parent: ParentNode, data: Data): AtlasMap {
  const root = part<HTMLElement>(parent, ".map");
  const find = <Found extends HTMLElement>(selector: string): Found => part<Found>(root, selector);
  const map: AtlasMap = {
    root, find, stage: find(".stage"), points: find("canvas.points"), above: find("canvas.above"), card: find(".card"),
    watch: new ResizeObserver(() => { if (fit(map)) draw(map); }), pick: () => {}, tell: () => {}, link: () => {},
    data, from: {}, stamp: -1, rows: null, xyz: null, home: null, usual: 0, tears: null, colour: null, muted: null,
    solo: new Set(), parts: new Map(), near: new Map(), nearLater: undefined,
    mode: "move", which: "a", pins: true, between: true, threads: true, selections: { a: null, b: null }, past: [], future: [], asked: 0,
    view: freshView(), linked: "", wide: 0, high: 0, dense: 1, across: 0, down: 0, screen: null, image: null, waiting: false, moving: null,
    whole: false, wholeMs: 0, shown: freshView(), still: null, resting: undefined,
    pinned: { at: [], side: 0 }, hover: -1, trail: null, walk: null, formed: null, moment: Infinity, playing: null,
    place: null, grid: null, gridFrom: null, exact: null, last: null, own: new Map(),
    socket: null, refused: false, asking: null, number: 0, sent: -Infinity, later: undefined,
  };
  const press = (name: string, on: boolean): void => find(`[name=${name}]`).setAttribute("aria-pressed", String(on));
  const choose = <Name extends string>(names: readonly Name[], take: (name: Name) => void): void => names.forEach((name) => find(`[name=${name}]`).addEventListener("click", () => {
    take(name);
    names.forEach((one) => press(one, one === name));
    map.above.classList.toggle("drawing", map.mode !== "move");
  }));
  choose(["move", "lasso", "box"], (name) => { map.mode = name; });
  choose(["a", "b"], (name) => { map.which = name; });
  for (const name of ["pins", "between", "threads"] as const) {
    find(`[name=${name}]`).addEventListener("click", () => {
      map[name] = !map[name];
      press(name, map[name]);
      draw(map);
    });
  }
  const does: Record<string, () => void> = { nearer: () => zoom(map, 1.4), farther: () => zoom(map, 1 / 1.4), undo: () => step(map, -1), redo: () => step(map, 1),
    clear: () => choosePoints(map, { a: null, b: null }), reset: () => { map.view = freshView(); draw(map); }, save: () => saveMap(map),
    link: () => linkView(map) };
  for (const [name, act] of Object.entries(does)) find(`[name=${name}]`).addEventListener("click", act);
  listen(map);
  formingListens(map);
  return map;
}

/** The view into the page's address; its button says so for a moment. */
function linkView(map: AtlasMap): void {
  const button = map.find("[name=link]");
  map.link(viewWord(map));
  map.find(".read").textContent = "This view is in the page's address now.";
  button.textContent = "In the address ✓";
  setTimeout(() => { button.textContent = "Link"; }, 2500);
}

function freshView(): View {
  return { scale: 1, x: 0, y: 0, yaw: 0.6, pitch: 0.35 };
}

/** Take over what Python sent; columns that changed are fetched, the others stay. */
function update(map: AtlasMap, data: Data, before: Data | null): void {
  map.data = data;
  map.stage.setAttribute("aria-label", data.label);
  if (before?.id !== data.id) {
    Object.assign(map, {
      rows: null, xyz: null, home: null, formed: null, moment: Infinity, colour: null, muted: null,
      view: freshView(), linked: data.view, hover: -1, past: [], future: [], asked: map.asked + 1, stamp: -1, from: {},
    } satisfies Partial<AtlasMap>);
    map.selections = { a: null, b: null };
    map.parts.clear();
    map.own.clear();
    hangUp(map); // its socket draws another run's patches
  }
  if (before?.id !== data.id || before?.links.near !== data.links.near) { // another layout has other true neighbours
    clearTimeout(map.nearLater);
    map.near = new Map();
  }
  if (data.stamp !== map.stamp) {
    takeOver(map, data, map.stamp >= 0);
    map.stamp = data.stamp;
    if (map.rows) void tellLines(map);
  }
  load(map, "rows", data.links.rows, (pack) => {
    map.rows = pack;
    void tellLines(map);
  });
  load(map, "places", data.links.places, (pack) => moveTo(map, pack));
  load(map, "colours", data.links.colours, (pack) => {
    map.colour = pack;
    map.solo.clear();
    lookAsLinked(map);
    legend(map, pack);
  });
  if (data.links.forming) load(map, "forming", data.links.forming, (pack) => takeForming(map, pack));
  else if (map.formed) {
    map.from.forming = null;
    takeForming(map, null);
  }
  if (map.gridFrom !== data.links.grid) {
    map.gridFrom = data.links.grid;
    map.grid = null;
    hangUp(map);
  }
  if (before?.split !== data.split) mute(map);
  tools(map);
  if (fit(map) || !before || looks(before) !== looks(data)) draw(map);
}

/** What of the page's words the drawing depends on; columns draw when they come. */
function looks({ id, split, stamp, chosen, halos, names, links }: Data): string {
  return JSON.stringify([id, split, stamp, chosen, halos, names, links]);
}

function load<Name extends keyof Packs>(map: AtlasMap, name: Name, link: string, take: (pack: Packs[Name]) => void): void {
  if (map.from[name] === link) return;
  map.from[name] = link;
  columns<Name>(link).then((pack) => {
    if (map.from[name] !== link) return; // another was asked for meanwhile
    take(pack);
    mute(map);
    fit(map);
    draw(map);
  }, () => { map.from[name] = null; });
}

/** New places: at once on the first, gliding from the old ones where both lie in the plane. */
function moveTo(map: AtlasMap, pack: PlacesPack): void {
  const next: Axes = [pack.x, pack.y, pack.z ?? null];
  map.usual = pack.usual;
  map.tears = pack.torn ?? null;
  map.home = next;
  if (isForming(map)) { // these places are the end of what the slider shows, and it is not there
    showMoment(map, map.moment);
    return;
  }
  map.moment = Infinity;
  const flat = map.xyz && !map.xyz[2] && !next[2];
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (map.xyz && !flat) map.view = freshView();
  if (!map.xyz || !flat || calm) {
    map.xyz = next;
    return;
  }
  const from = map.xyz, start = performance.now(), count = next[0].length;
  const move = (now: number): void => {
    const share = Math.min(1, (now - start) / 900), eased = share * share * (3 - 2 * share);
    if (map.moving !== move) return;
    const between = (a: Float32Array, b: Float32Array): Float32Array => Float32Array.from({ length: count }, (_, i) => a[i] + eased * (b[i] - a[i]));
    map.xyz = [between(from[0], next[0]), between(from[1], next[1]), null];
    if (share < 1) requestAnimationFrame(move);
    else map.xyz = next;
    draw(map);
  };
  map.moving = move;
  requestAnimationFrame(move);
}

/** Points outside the chosen split or the soloed names: grey and out of the pointer's reach. */
function mute(map: AtlasMap): void {
  if (!map.rows || !map.colour) return;
  const count = map.rows.label.length, split = map.rows.splits.indexOf(map.data.split);
  map.muted = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    map.muted[i] = (split >= 0 && map.rows.split[i] !== split) || (map.solo.size && !map.solo.has(map.colour.named[i])) ? 1 : 0;
  }
}

/** Make the canvases as large as their place; whether they were another size, and are empty now. */
function fit(map: AtlasMap): boolean {
  const { width, height } = map.stage.getBoundingClientRect(), dense = Math.min(2, window.devicePixelRatio || 1) < 1.5 ? 1 : 2;
  if (!width || (map.wide === width && map.high === height && map.dense === dense)) return false;
  Object.assign(map, { wide: width, high: height, dense } satisfies Partial<AtlasMap>);
  for (const canvas of [map.points, map.above]) {
    canvas.width = Math.round(width * dense);
    canvas.height = Math.round(height * dense);
  }
  return true;
}

function legend(map: AtlasMap, { title, stops, ends, names, note }: ColoursPack): void {
  const place = map.find(".legend");
  place.replaceChildren();
  const add = <Kind extends keyof HTMLElementTagNameMap>(kind: Kind, text = "", parent: HTMLElement = place): HTMLElementTagNameMap[Kind] => {
    const element = document.createElement(kind);
    element.textContent = text;
    parent.append(element);
    return element;
  };
  add("b", title);
  place.setAttribute("aria-label", names.length ? `Colours: ${title}. A name shows its points alone.` : `Colours: ${title}`);
  if (stops.length) {
    add("span", ends[0]);
    const bar = add("span");
    bar.className = "bar";
    bar.style.background = `linear-gradient(to right, ${stops.join(",")})`;
    add("span", ends[1]);
    if (note) add("span", note);
  }
  names.forEach(([name, colour], at) => {
    const button = add("button");
    button.type = "button";
    button.setAttribute("aria-pressed", String(map.solo.has(at)));
    add("i", "", button).style.background = colour;
    button.append(name);
    button.addEventListener("click", (event) => {
      const alone = map.solo.size === 1 && map.solo.has(at);
      if (!event.shiftKey) map.solo.clear();
      if (event.shiftKey && map.solo.has(at)) map.solo.delete(at);
      else if (!alone) map.solo.add(at);
      [...place.querySelectorAll("button")].forEach((one, number) => one.setAttribute("aria-pressed", String(map.solo.has(number))));
      mute(map);
      draw(map);
    });
  });
}
