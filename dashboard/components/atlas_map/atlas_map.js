// The map: points, pictures, selections and pointer live here; Python hears of a finished gesture.
// Columns come as typed arrays from our own routes (columns.js), once each for a visitor.

const maps = new WeakMap();

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let map = maps.get(parentElement);
  if (!map) {
    map = build(parentElement.querySelector(".map"));
    maps.set(parentElement, map);
  }
  map.pick = (row) => setTriggerValue("picked", row);
  map.tell = (sent) => setTriggerValue("selected", sent);
  update(map, data);
  map.watch.observe(map.stage);
  return () => {
    map.watch.disconnect();
    hangUp(map);
  };
}

function build(root) {
  const find = (selector) => root.querySelector(selector);
  const map = {
    root, find, stage: find(".stage"), points: find(".points"), above: find(".above"), card: find(".card"),
    mode: "move", which: "a", pins: true, between: true, threads: true, hover: -1, place: null, trail: null,
    view: freshView(), parts: new Map(), solo: new Set(), selections: { a: null, b: null }, past: [], future: [], stamp: -1,
  };
  map.watch = new ResizeObserver(() => map.data && fit(map));
  const press = (name, on) => find(`[name=${name}]`).setAttribute("aria-pressed", String(on));
  const choose = (names, field) => names.forEach((name) => find(`[name=${name}]`).addEventListener("click", () => {
    map[field] = name;
    names.forEach((one) => press(one, one === name));
    map.above.classList.toggle("drawing", map.mode !== "move");
  }));
  choose(["move", "lasso", "box"], "mode");
  choose(["a", "b"], "which");
  for (const name of ["pins", "between", "threads"]) {
    find(`[name=${name}]`).addEventListener("click", () => {
      map[name] = !map[name];
      press(name, map[name]);
      draw(map);
    });
  }
  const does = { nearer: () => zoom(map, 1.4), farther: () => zoom(map, 1 / 1.4), undo: () => step(map, -1), redo: () => step(map, 1),
    clear: () => choosePoints(map, { a: null, b: null }), reset: () => { map.view = freshView(); draw(map); }, save: () => saveMap(map) };
  for (const [name, act] of Object.entries(does)) find(`[name=${name}]`).addEventListener("click", act);
  listen(map);
  formingListens(map);
  return map;
}

function freshView() {
  return { scale: 1, x: 0, y: 0, yaw: 0.6, pitch: 0.35 };
}

/** Take over what Python sent; columns that changed are fetched, the others stay. */
function update(map, data) {
  const before = map.data;
  map.data = data;
  map.stage.setAttribute("aria-label", data.label);
  if (before?.id !== data.id) {
    Object.assign(map, { rows: null, xyz: null, home: null, formed: null, moment: Infinity, colour: null, muted: null, view: freshView(), hover: -1, past: [], future: [], stamp: -1, from: {} });
    map.selections = { a: null, b: null };
    map.parts.clear();
  }
  if (before?.id !== data.id || before?.links.near !== data.links.near) { // another layout has other true neighbours
    clearTimeout(map.nearLater);
    map.near = new Map();
  }
  if (data.stamp !== map.stamp) {
    map.stamp = data.stamp;
    map.selections = { a: unbits(data.a), b: unbits(data.b) };
  }
  load(map, "rows", data.links.rows, (pack) => { map.rows = pack; });
  load(map, "places", data.links.places, (pack) => moveTo(map, pack));
  load(map, "colours", data.links.colours, (pack) => {
    map.colour = pack;
    map.solo.clear();
    legend(map);
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
  fit(map);
}

function load(map, name, link, take) {
  map.from ??= {};
  if (map.from[name] === link) return;
  map.from[name] = link;
  columns(link).then((pack) => {
    if (map.from[name] !== link) return; // another was asked for meanwhile
    take(pack);
    mute(map);
    fit(map);
  }, () => { map.from[name] = null; });
}

/** New places: at once on the first, gliding from the old ones where both lie in the plane. */
function moveTo(map, pack) {
  const next = [pack.x, pack.y, pack.z ?? null];
  map.usual = pack.usual;
  map.tears = pack.torn ?? null;
  map.home = next;
  map.moment = Infinity;
  const flat = map.xyz && !map.xyz[2] && !next[2];
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (map.xyz && !flat) map.view = freshView();
  if (!flat || calm) {
    map.xyz = next;
    return;
  }
  const from = map.xyz, start = performance.now(), count = next[0].length;
  const move = (now) => {
    const share = Math.min(1, (now - start) / 900), eased = share * share * (3 - 2 * share);
    if (map.moving !== move) return;
    map.xyz = [0, 1].map((axis) => Float32Array.from({ length: count }, (_, i) => from[axis][i] + eased * (next[axis][i] - from[axis][i])));
    map.xyz.push(null);
    if (share < 1) requestAnimationFrame(move);
    else map.xyz = next;
    draw(map);
  };
  map.moving = move;
  requestAnimationFrame(move);
}

/** Points outside the chosen split or the soloed names: grey and out of the pointer's reach. */
function mute(map) {
  if (!map.rows || !map.colour) return;
  const count = map.rows.label.length, split = map.rows.splits.indexOf(map.data.split);
  map.muted = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    map.muted[i] = (split >= 0 && map.rows.split[i] !== split) || (map.solo.size && !map.solo.has(map.colour.named[i])) ? 1 : 0;
  }
}

function fit(map) {
  const box = map.stage.getBoundingClientRect();
  if (!box.width) return;
  map.wide = box.width;
  map.high = box.height;
  map.dense = Math.min(2, window.devicePixelRatio || 1) < 1.5 ? 1 : 2;
  for (const canvas of [map.points, map.above]) {
    canvas.width = Math.round(map.wide * map.dense);
    canvas.height = Math.round(map.high * map.dense);
  }
  draw(map);
}

function legend(map) {
  const place = map.find(".legend"), { title, stops, ends, names } = map.colour;
  place.replaceChildren();
  const add = (kind, text = "", parent = place) => {
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
