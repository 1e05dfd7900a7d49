// Built from src by `npm run build`, not to be edited; SHA-256 of src ec0e8e92402974cd20e6da6f8ecfb1bab88498e152307320ffa1ce40eb365b51, of what follows d04af8eb8b54242b77847c5ab2904b08bc5e801776a99f2930856c9b3ee6845a
// src/lines.ts
var PATIENCE_MS = 250;
async function tellLines(map) {
  const { a, b } = map.selections, number = ++map.asked;
  if (!a && !b) return write(map, { a: "", b: "" });
  const found = ask(map).then((lines) => {
    if (number === map.asked) write(map, lines);
  });
  await Promise.race([found, new Promise((done) => setTimeout(done, PATIENCE_MS))]);
}
async function ask(map) {
  try {
    const count = map.rows?.label.length ?? 0, { a, b } = map.selections;
    const answer = await fetch(new URL(map.data.links.lines, document.baseURI), {
      method: "POST",
      headers: { "Content-Type": "application/octet-stream" },
      body: new Blob([packed(a, count), packed(b, count)])
    });
    if (answer.ok) return await answer.json();
  } catch {
  }
  return { a: "", b: "" };
}
function write(map, lines) {
  for (const which of ["a", "b"]) {
    const line = map.find(`.lines .of-${which}`);
    line.hidden = !lines[which];
    map.find(`.lines .of-${which} span`).textContent = lines[which];
  }
}

// src/columns.ts
var packs = /* @__PURE__ */ new Map();
var KINDS = { float32: Float32Array, uint32: Uint32Array, uint16: Uint16Array, uint8: Uint8Array };
function columns(link) {
  let pack = packs.get(link);
  if (!pack) {
    const oldest = packs.keys().next().value;
    if (packs.size > 24 && oldest !== void 0) packs.delete(oldest);
    pack = fetch(new URL(link, document.baseURI)).then((answer) => {
      if (!answer.ok) throw new Error(`columns: ${answer.status}`);
      return answer.arrayBuffer();
    }).then(unpack);
    packs.set(link, pack);
    pack.catch(() => packs.delete(link));
  }
  return pack;
}
function unpack(buffer) {
  const long = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, long)));
  const { columns: listed, ...said } = header, pack = said;
  for (const [name, [kind, at, count]] of Object.entries(listed)) pack[name] = new KINDS[kind](buffer, 4 + long + at, count);
  return pack;
}
function packed(set, count) {
  const bytes = new Uint8Array(Math.ceil(count / 8));
  if (set) {
    for (let i = 0; i < count; i++) if (set[i]) bytes[i >> 3] |= 1 << (i & 7);
  }
  return bytes;
}
function bits(set) {
  if (!set) return "";
  const bytes = packed(set, set.length);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}
function unbits(text) {
  if (!text) return null;
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)), set = new Uint8Array(8 * bytes.length);
  let some = false;
  for (let i = 0; i < set.length; i++) some = (set[i] = bytes[i >> 3] >> (i & 7) & 1) > 0 || some;
  return some ? set : null;
}
function choosePoints(map, next, gesture = false) {
  map.past.push(map.selections);
  if (map.past.length > 60) map.past.shift();
  map.future = [];
  map.selections = next;
  settled(map, gesture);
}
function takeOver(map, said, undone) {
  const next = { a: unbits(said.a), b: unbits(said.b) }, before = map.selections;
  if (undone && (bits(before.a) !== bits(next.a) || bits(before.b) !== bits(next.b))) {
    map.past.push(before);
    map.future = [];
  }
  map.selections = next;
}
function step(map, way) {
  const [from, to] = way < 0 ? [map.past, map.future] : [map.future, map.past];
  const next = from.pop();
  if (!next) return;
  to.push(map.selections);
  map.selections = next;
  settled(map);
}
function settled(map, gesture = false) {
  tools(map);
  draw(map);
  const { a, b } = map.selections;
  map.find(".read").textContent = `Selection A ${total(a)} points, selection B ${total(b)} points.`;
  void tellLines(map).then(() => {
    if (map.selections.a === a && map.selections.b === b) map.tell({ a: bits(a), b: bits(b), gesture: gesture && Boolean(a || b) });
  });
}
function total(set) {
  let count = 0;
  if (set) for (const one of set) count += one;
  return count;
}
function tools(map) {
  map.find("[name=undo]").disabled = !map.past.length;
  map.find("[name=redo]").disabled = !map.future.length;
  for (const which of ["a", "b"]) {
    const count = total(map.selections[which]);
    map.find(`[name=${which}] span`).textContent = count ? count.toLocaleString("en") : "";
  }
  map.find("[name=clear]").disabled = !map.selections.a && !map.selections.b;
}

// src/forming.ts
var HIDDEN = 1e6;
function formingListens(map) {
  const slider = map.find("[name=moment]");
  slider.addEventListener("input", () => {
    map.playing = null;
    showMoment(map, Number(slider.value));
  });
  map.find("[name=play]").addEventListener("click", () => play(map));
}
function takeForming(map, pack) {
  map.playing = null;
  map.formed = pack;
  const place = map.find(".forming"), slider = map.find("[name=moment]");
  place.hidden = !pack;
  if (pack) {
    slider.max = String(pack.epochs.length - 1);
    slider.value = slider.max;
  }
  if (map.home) showMoment(map, Infinity);
  else sayMoment(map);
}
function isForming(map) {
  return map.formed !== null && map.moment < map.formed.epochs.length - 1;
}
function showMoment(map, moment) {
  map.moment = moment;
  const formed = map.formed;
  if (!map.home) return;
  if (formed && isForming(map)) {
    map.moving = null;
    const { rows, x, y } = formed, count = rows.length, total2 = map.home[0].length;
    const from = Math.floor(moment), share = moment - from, a = from * count, b = a + count;
    const xs = new Float32Array(total2).fill(HIDDEN), ys = new Float32Array(total2).fill(HIDDEN);
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
function sayMoment(map) {
  if (!map.formed) return;
  const { epochs, there } = map.formed, last = epochs.length - 1, at = Math.min(last, Math.round(map.moment));
  const says = at >= last ? "finished model: the map with every point" : `epoch ${epochs[at]}: of each patch's 15 nearest in the finished model, ${Math.round(100 * there[at])} % are its nearest already`;
  map.find(".forming output").textContent = says;
  map.find("[name=moment]").setAttribute("aria-valuetext", says);
}
function play(map) {
  if (map.playing || !map.formed) {
    map.playing = null;
    return;
  }
  const slider = map.find("[name=moment]"), last = map.formed.epochs.length - 1, calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const began = performance.now(), token = map.playing = {};
  const move = (now) => {
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

// src/over.ts
function over(map) {
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
    map.trail.forEach(([x, y], i) => i ? ink.lineTo(x, y) : ink.moveTo(x, y));
    ink.closePath();
    ink.fillStyle = "rgba(86,180,233,.16)";
    ink.strokeStyle = colour;
    ink.setLineDash([5, 4]);
    ink.fill();
    ink.stroke();
    ink.setLineDash([]);
  }
}
function naming(map, screen, ink, colour) {
  if (!map.colour || map.data.names.some(({ row }) => row >= screen.x.length)) return;
  const placed = [], high = 21, { at, side } = map.pinned, rgb = map.colour.rgb;
  const paper = getComputedStyle(map.stage).backgroundColor;
  ink.font = "600 13px sans-serif";
  ink.textBaseline = "middle";
  for (const { row, name } of map.data.names) {
    const x = screen.x[row], y = screen.y[row], said = name.length > 26 ? `${name.slice(0, 25)}…` : name, long = ink.measureText(said).width + 30;
    if (map.muted?.[row] || x < 0 || y < 0 || x > map.wide || y > map.high) continue;
    const pinned = at.find(([px, py]) => Math.abs(px - x) < side / 2 && Math.abs(py - y) < side / 2);
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
function thread(map, screen, ink, i, colour) {
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
function nearOf(map, screen, i) {
  const all = map.rows?.near;
  if (all) {
    const count = all.length / screen.x.length;
    return all.subarray(i * count, (i + 1) * count);
  }
  if (!map.rows) return null;
  const known = map.near.get(i);
  if (known !== void 0) return known;
  clearTimeout(map.nearLater);
  map.nearLater = setTimeout(() => {
    const { id, links: { near } } = map.data;
    map.near.set(i, null);
    fetch(new URL(near.replace("{row}", String(i)), document.baseURI)).then((answer) => answer.ok ? answer.arrayBuffer() : Promise.reject(new Error(`near: ${answer.status}`))).then((buffer) => {
      if (map.data.id !== id || map.data.links.near !== near) return;
      map.near.set(i, new Uint32Array(buffer));
      over(map);
    }, () => {
      if (map.data.links.near === near) map.near.delete(i);
    });
  }, 60);
  return null;
}
function outline(map, screen, ink, set, colour) {
  if (!set || total(set) > 3e3) return;
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
function around(map, ink, halo, colour) {
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
function onScreen(map, x, y) {
  return [map.wide / 2 + map.view.x + x * map.across, map.high / 2 + map.view.y - y * map.down];
}
function onMap(map, x, y) {
  return [(x - map.wide / 2 - map.view.x) / map.across, (map.high / 2 + map.view.y - y) / map.down];
}
function ring(screen, ink, i, colour, width, radius) {
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

// src/types.ts
function isLaid(map) {
  return Boolean(map.rows && map.xyz && map.colour && map.muted && map.screen);
}

// src/moving.ts
var SOON_MS = 12;
var REST_MS = 80;
var FAR = 0.4;
var LARGER = 1.6;
function moved(map) {
  if (!isLaid(map) || map.screen.depth || map.wholeMs < SOON_MS) return false;
  const began = performance.now(), still = map.still ?? keep(map);
  const { view } = still, ratio = map.view.scale / view.scale;
  const at = ([x, y]) => [map.wide / 2 + map.view.x + ratio * (x - map.wide / 2 - view.x), map.high / 2 + map.view.y + ratio * (y - map.high / 2 - view.y)];
  const [left, top] = at([0, 0]), [right, bottom] = at([map.wide, map.high]);
  const empty = Math.max(left, map.wide - right, top, map.high - bottom);
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
function keep(map) {
  const canvas = document.createElement("canvas");
  canvas.width = map.points.width;
  canvas.height = map.points.height;
  inkOf(canvas).drawImage(map.points, 0, 0);
  map.still = { canvas, view: map.shown, pinned: map.pinned };
  return map.still;
}
function drawn(map, took) {
  map.root.dataset.drawn = String(Number(map.root.dataset.drawn ?? 0) + 1);
  map.root.dataset.drawMs = took.toFixed(1);
}

// src/drawing.ts
var GREY = [128, 138, 144];
function inkOf(canvas) {
  const ink = canvas.getContext("2d");
  if (!ink) throw new Error("atlas map: this browser draws on no canvas");
  return ink;
}
function project(map, [xs, ys, zs]) {
  const { scale, x, y, yaw, pitch } = map.view;
  const count = xs.length;
  const reach = 0.38 * Math.min(map.wide, map.high) * scale;
  map.across = zs ? reach : 0.44 * map.wide * scale;
  map.down = zs ? reach : 0.42 * map.high * scale;
  const screen = map.screen?.x.length === count && !map.screen.depth === !zs ? map.screen : { x: new Float32Array(count), y: new Float32Array(count), depth: zs ? new Float32Array(count) : null };
  const depth = screen.depth;
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  const mx = map.wide / 2 + x, my = map.high / 2 + y;
  for (let i = 0; i < count; i++) {
    let px = xs[i], py = ys[i];
    if (zs && depth) {
      const turned2 = -xs[i] * sy + zs[i] * cy;
      px = xs[i] * cy + zs[i] * sy;
      py = ys[i] * cp - turned2 * sp;
      depth[i] = ys[i] * sp + turned2 * cp;
    }
    screen.x[i] = mx + px * map.across;
    screen.y[i] = my - py * map.down;
  }
  return screen;
}
function draw(map, moves = false) {
  map.whole ||= !moves;
  if (map.waiting) return;
  map.waiting = true;
  requestAnimationFrame(() => {
    const whole = map.whole;
    map.waiting = map.whole = false;
    if (whole || !moved(map)) drawNow(map);
  });
}
function drawNow(map) {
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
  const chosen = (i) => a && a[i] || b && b[i];
  for (let i = 0; i < count; i++) {
    if (muted[i] || some && !chosen(i)) press(pixels, wide, high, screen.x[i] * map.dense, screen.y[i] * map.dense, quiet, GREY, 0);
  }
  const order = depth ? Array.from({ length: count }, (_, i) => i).sort((i, j) => depth[i] - depth[j]) : null;
  for (let n = 0; n < count; n++) {
    const i = order ? order[n] : n;
    if (muted[i] || some && !chosen(i)) continue;
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
var stamps = /* @__PURE__ */ new Map();
function stamp(radius, strength) {
  const key2 = `${radius.toFixed(1)} ${strength}`;
  const kept = stamps.get(key2);
  if (kept) return kept;
  const out = Math.ceil(radius + 0.5), spots = [];
  for (let y = -out; y <= out; y++) {
    for (let x = -out; x <= out; x++) {
      const cover = Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(x, y)));
      if (cover > 0) spots.push(x, y, Math.round(255 * strength * cover));
    }
  }
  if (stamps.size > 60) stamps.clear();
  const made = Int16Array.from(spots);
  stamps.set(key2, made);
  return made;
}
function press(pixels, wide, high, x, y, spots, rgb, at) {
  const cx = Math.round(x), cy = Math.round(y);
  if (cx < -20 || cy < -20 || cx > wide + 20 || cy > high + 20) return;
  const r = rgb[at], g = rgb[at + 1], b = rgb[at + 2], own = b << 16 | g << 8 | r;
  for (let s = 0; s < spots.length; s += 3) {
    const px = cx + spots[s], py = cy + spots[s + 1];
    if (px < 0 || py < 0 || px >= wide || py >= high) continue;
    const place = py * wide + px, under = pixels[place], alpha = spots[s + 2];
    if (!under) {
      pixels[place] = (alpha << 24 | own) >>> 0;
      continue;
    }
    const was = under >>> 24, left = was * (255 - alpha) / 255, sum = alpha + left, share = alpha / sum;
    const mr = r * share + (under & 255) * (1 - share), mg = g * share + (under >> 8 & 255) * (1 - share);
    const mb = b * share + (under >> 16 & 255) * (1 - share);
    pixels[place] = (sum << 24 | mb << 16 | mg << 8 | mr) >>> 0;
  }
}
function pin(map, ink, screen) {
  const side = Math.min(64, 40 * Math.sqrt(map.view.scale)) * Math.min(1, map.wide / 560);
  const gap = 1.75 * side, margin = 0.6 * side, placed = [], count = screen.x.length;
  const { a, b } = map.selections;
  const stride = Math.max(1, Math.round(count * 0.6180339887)), common = (m, n) => n ? common(n, m % n) : m;
  let step2 = stride;
  while (common(step2, count) !== 1) step2++;
  for (let n = 0, i = 0; n < Math.min(count, 4e3) && placed.length < 60; n++, i = (i + step2) % count) {
    if (map.muted[i] || (a || b) && !(a && a[i]) && !(b && b[i])) continue;
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
function picture(map, ink, i, x, y, side) {
  const { size_px: cell, part_rows: rows, part_columns: wide } = map.data;
  const number = Math.floor(i / rows);
  let part2 = map.parts.get(number);
  if (!part2) {
    part2 = new Image();
    part2.onload = () => {
      draw(map);
      card(map);
    };
    part2.src = new URL(map.data.links.pictures.replace("{part}", String(number)), document.baseURI).href;
    map.parts.set(number, part2);
  }
  if (!part2.complete || !part2.naturalWidth) return false;
  const at = i - number * rows;
  cut(ink, part2, at % wide * cell, Math.floor(at / wide) * cell, cell, x, y, side);
  return true;
}
function cut(ink, image, left, top, cell, x, y, side) {
  ink.save();
  ink.beginPath();
  ink.roundRect(x, y, side, side, 5);
  ink.clip();
  ink.imageSmoothingQuality = "high";
  ink.drawImage(image, left + 0.5, top + 0.5, cell - 1, cell - 1, x, y, side, side);
  ink.restore();
}

// src/between.ts
var PAUSE_MS = 16;
var FAR2 = 2;
var TORN = 1.5;
var BADLY = 1.5;
var BEHIND = 0.25;
function hover(map, i, x = 0, y = 0) {
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
  if (map.place && !map.place.exact) ask2(map);
  const long = map.card.offsetWidth;
  const left = x + long + 24 > map.wide ? x - long - 16 : x + 16;
  putCard(map, Math.max(4, left), Math.min(y - 60, map.high - map.card.offsetHeight - 6));
}
function aside(map, seen) {
  const right = map.wide - map.card.offsetWidth - 6, low = map.high - map.card.offsetHeight - 6;
  const away = ([x, y]) => Math.min(...seen.map(([sx, sy]) => Math.hypot(x + map.card.offsetWidth / 2 - sx, y + map.card.offsetHeight / 2 - sy)));
  const corners = [[6, 6], [right, 6], [6, low], [right, low]];
  const [left, top] = corners.reduce((best, one) => away(one) > away(best) ? one : best);
  putCard(map, left, top);
}
function putCard(map, left, top) {
  map.card.style.left = `${left}px`;
  map.card.style.top = `${Math.max(4, top)}px`;
}
function ofPatch(map, row) {
  if (map.place?.row === row) return map.place;
  return { row, x: map.xyz[0][row], y: map.xyz[1][row], gap: 0, exact: map.own.get(row) ?? null };
}
function ofPlace(map, left, top) {
  const [x, y] = onMap(map, left, top);
  return Math.max(Math.abs(x), Math.abs(y)) < 1.15 ? { row: -1, x, y, gap: emptiness(map, x, y), exact: null } : null;
}
function card(map) {
  const says = map.find(".card p"), pen = (name) => inkOf(map.find(`.card .${name} canvas`));
  const level = map.find(".card .drawn .level");
  if (map.place) drawPlace(map, map.place, pen("drawn"));
  if (map.hover >= 0) {
    if (!isLaid(map)) return;
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
    if (gap > FAR2) lines.push(`Empty here: ${gap.toFixed(1)} times the usual distance from any patch`);
    if (torn > TORN) lines.push(`Torn here: the 8 mixed are ${torn.toFixed(1)} × as unlike as usual neighbours`);
    if (exact && exact.error > BADLY) lines.push(`The model redraws patches here badly (${exact.error.toFixed(1)} × usual error)`);
    says.textContent = lines.join("\n");
  }
}
function describe(map, i) {
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
function length(mm) {
  return mm >= 20 ? `${(mm / 10).toFixed(1)} cm` : `${mm.toFixed(1)} mm`;
}
function emptiness(map, x, y) {
  const [xs, ys] = map.xyz;
  let least = Infinity;
  for (let i = 0; i < xs.length; i++) {
    const dx = xs[i] - x, dy = ys[i] - y, far = dx * dx + dy * dy;
    if (far < least) least = far;
  }
  return Math.sqrt(least) / (map.usual || 1);
}
function tornAt(map, { row, x, y, exact }) {
  if (row >= 0) return 0;
  const side = map.data.grid_side;
  return exact?.torn ?? map.tears?.[(side - 1 - cellOf(map, y)) * side + cellOf(map, x)] ?? 0;
}
function cellOf(map, one) {
  const side = map.data.grid_side;
  return Math.max(0, Math.min(side - 1, Math.floor((one + 1.15) / 2.3 * side)));
}
function lastDrawn(map, place) {
  const { last } = map;
  return last && place.row < 0 && last.link === map.data.links.between && Math.hypot(last.x - place.x, last.y - place.y) < BEHIND / map.view.scale ? last : null;
}
function drawPlace(map, place, ink) {
  const { x, y, gap, exact } = place, cell = map.data.size_px, side = map.data.grid_side, shown = exact ?? lastDrawn(map, place);
  const doubt = Math.max(gap / FAR2, tornAt(map, place) / TORN, (exact?.error ?? 0) / BADLY);
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
function hatch(ink) {
  ink.strokeStyle = "rgba(230,159,0,.75)";
  ink.lineWidth = 3;
  ink.beginPath();
  for (let at = -320; at < 320; at += 26) {
    ink.moveTo(at, 320);
    ink.lineTo(at + 320, 0);
  }
  ink.stroke();
}
function gridOf(map) {
  if (!map.grid && map.data.links.grid) {
    map.grid = new Image();
    map.grid.onload = () => {
      if (map.place) card(map);
    };
    map.grid.src = new URL(map.data.links.grid, document.baseURI).href;
  }
  return map.grid?.complete && map.grid.naturalWidth > 0 ? map.grid : null;
}
function ask2(map) {
  if (!map.socket || map.socket.readyState > 1) {
    if (map.refused) return;
    const link = new URL(map.data.links.between, document.baseURI);
    link.protocol = link.protocol === "https:" ? "wss:" : "ws:";
    const socket = map.socket = new WebSocket(link);
    const ours = (act) => (event) => {
      if (map.socket === socket) act(event);
    };
    socket.binaryType = "arraybuffer";
    socket.onopen = ours(() => ask2(map));
    socket.onmessage = ours(({ data }) => answered(map, data));
    socket.onclose = ours(({ code }) => {
      map.refused = code >= 4e3;
      map.asking = null;
    });
  }
  if (map.socket?.readyState !== 1 || map.asking || !map.place) return;
  const early = PAUSE_MS - (performance.now() - map.sent);
  if (early > 0) {
    clearTimeout(map.later);
    map.later = setTimeout(() => ask2(map), early);
    return;
  }
  const { row, x, y } = map.asking = map.place;
  const question = new DataView(new ArrayBuffer(row >= 0 ? 8 : 12));
  map.number = map.number + 1 >>> 0;
  question.setUint32(0, map.number, true);
  if (row >= 0) question.setUint32(4, row, true);
  else {
    question.setFloat32(4, x, true);
    question.setFloat32(8, y, true);
  }
  map.socket.send(question.buffer);
  map.sent = performance.now();
}
function answered(map, buffer) {
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
  if (map.place && !map.place.exact) ask2(map);
}
function remember(map, row, exact) {
  if (map.own.size > 300) map.own.clear();
  map.own.set(row, exact);
}
function hangUp(map) {
  map.refused = false;
  map.asking = null;
  map.socket?.close();
  map.socket = null;
}

// src/pointer.ts
var WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
function listen(map) {
  const at = (event) => {
    const box = map.stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  let from = null;
  const done = () => {
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
    if (from.drawing && from.moved && isLaid(map)) drawn2(map, event);
    else if (!from.moved && isLaid(map)) {
      const row = nearest(map, x, y);
      if (row >= 0) map.pick(row);
    }
    done();
  });
  map.above.addEventListener("pointercancel", done);
  map.above.addEventListener("pointerleave", () => hover(map, -1));
  map.stage.addEventListener("wheel", (event) => {
    if (map.root.getRootNode().activeElement !== map.stage) return;
    event.preventDefault();
    const [x, y] = at(event);
    zoom(map, Math.exp(-event.deltaY / 400), x, y);
  }, { passive: false });
  map.root.addEventListener("keydown", (event) => key(map, event));
}
function takes({ ctrlKey, altKey }) {
  return ctrlKey || altKey;
}
function drawn2(map, event) {
  const { shiftKey } = event, away = takes(event);
  const found = inside(map), old = map.selections[map.which];
  const next = found.map((one, i) => (away ? (old?.[i] ?? 0) && !one : one || shiftKey && (old?.[i] ?? 0)) ? 1 : 0);
  const other = map.which === "a" ? "b" : "a", theirs = map.selections[other];
  const left = theirs ? theirs.map((one, i) => one && !next[i] ? 1 : 0) : null;
  const ours = total(next) ? next : null, rest = total(left) ? left : null;
  choosePoints(map, map.which === "a" ? { a: ours, b: rest } : { a: rest, b: ours }, true);
}
function key(map, event) {
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
  else if (event.key === "n" || way && event.shiftKey) walkNeighbours(map, event.key === "ArrowLeft" || event.key === "ArrowUp" ? -1 : 1);
  else if (way) {
    const start = map.hover >= 0 ? map.hover : Math.max(0, map.data.chosen);
    const next = towards(map, start, way);
    goTo(map, next);
  } else return;
  event.preventDefault();
}
function goTo(map, i) {
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
function walkNeighbours(map, way) {
  const at = map.hover >= 0 ? map.hover : Math.max(0, map.data.chosen), walk = map.walk?.now === at ? map.walk : { from: at, step: -1 };
  const near = nearOf(map, map.screen, walk.from);
  if (!near) return;
  const step2 = walk.step < 0 && way < 0 ? near.length - 1 : (walk.step + way + near.length) % near.length;
  const number = `${step2 + 1} of ${near.length} nearest in ${map.data.nearest_in}. `;
  map.walk = { from: walk.from, step: step2, now: near[step2], number };
  goTo(map, near[step2]);
  aside(map, [walk.from, near[step2]].map((i) => [map.screen.x[i], map.screen.y[i]]));
}
function toggle(map, i) {
  const next = { a: null, b: null };
  for (const which of ["a", "b"]) {
    const set = map.selections[which]?.slice(0, map.screen.x.length) ?? new Uint8Array(map.screen.x.length);
    set[i] = which === map.which && !set[i] ? 1 : 0;
    next[which] = total(set) ? set : null;
  }
  choosePoints(map, next, true);
}
function towards(map, start, [wx, wy]) {
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
function nearest(map, x, y, within = 16) {
  let best = -1, least = within * within;
  for (let i = 0; i < map.screen.x.length; i++) {
    if (map.muted[i]) continue;
    const dx = map.screen.x[i] - x, dy = map.screen.y[i] - y;
    const far = dx * dx + dy * dy - (map.screen.depth ? 2 * map.screen.depth[i] : 0);
    if (far < least) [best, least] = [i, far];
  }
  return best;
}
function zoom(map, factor, x = map.wide / 2, y = map.high / 2) {
  const scale = Math.max(0.6, Math.min(30, map.view.scale * factor));
  const real = scale / map.view.scale;
  map.view.x = (map.view.x - (x - map.wide / 2)) * real + (x - map.wide / 2);
  map.view.y = (map.view.y - (y - map.high / 2)) * real + (y - map.high / 2);
  map.view.scale = scale;
  draw(map, true);
}
function inside(map) {
  const count = map.screen.x.length, found = new Uint8Array(count), trail = map.trail ?? [];
  const xs = trail.map(([x]) => x), ys = trail.map(([, y]) => y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  for (let i = 0; i < count; i++) {
    const x = map.screen.x[i], y = map.screen.y[i];
    if (map.muted[i] || x < left || x > right || y < top || y > bottom) continue;
    let odd = false;
    for (let p = 0, q = trail.length - 1; p < trail.length; q = p++) {
      if (ys[p] > y !== ys[q] > y && x < (xs[q] - xs[p]) * (y - ys[p]) / (ys[q] - ys[p]) + xs[p]) odd = !odd;
    }
    found[i] = odd ? 1 : 0;
  }
  return found;
}

// src/saving.ts
var LINE = 22;
var NEAR = "Near means alike to the model.";
function saveMap(map) {
  if (!map.screen || !map.colour) return;
  const sheet = document.createElement("canvas"), style = getComputedStyle(map.stage), { title, stops, ends, names, note } = map.colour;
  const head = stops.length ? `${title}: ${ends[0]} (dark) to ${ends[1]} (light)${note && `, ${note}`}` : title;
  const lines = [[head, null], ...stops.length ? [] : names];
  sheet.width = map.points.width;
  const wide = map.wide, columns2 = Math.max(1, Math.floor(wide / 180)), words = stops.length ? 1 : 1 + Math.ceil(names.length / columns2);
  const ringed = ["a", "b"].map((which) => [which.toUpperCase(), total(map.selections[which])]).filter(([, count]) => count);
  const below = [`${map.data.notice}.`, `Run ${map.data.id}: ${map.data.label.split(". ")[0]}.`, NEAR];
  if (ringed.length) below.push(`Ringed: ${ringed.map(([which, count]) => `${which} (${which === "A" ? "orange" : "blue"}), ${count.toLocaleString("en")} pictures`).join("; ")}.`);
  sheet.height = map.points.height + Math.round((words + below.length) * LINE * map.dense);
  const ink = inkOf(sheet);
  ink.fillStyle = style.backgroundColor;
  ink.fillRect(0, 0, sheet.width, sheet.height);
  ink.drawImage(map.points, 0, 0);
  ink.drawImage(map.above, 0, 0);
  ink.setTransform(map.dense, 0, 0, map.dense, 0, 0);
  ink.font = "13px sans-serif";
  const write2 = (text, x, y) => {
    ink.fillStyle = style.color;
    ink.fillText(text, x, y);
  };
  lines.forEach(([text, colour], at) => {
    const x = 10 + (at ? (at - 1) % columns2 * 180 : 0), y = map.high + LINE * (at ? 1 + Math.floor((at - 1) / columns2) : 0) + 15;
    if (colour) {
      ink.fillStyle = colour;
      ink.fillRect(x, y - 10, 11, 11);
    }
    write2(text, x + (colour ? 16 : 0), y);
  });
  below.forEach((text, at) => write2(text, 10, map.high + (words + at) * LINE + 15));
  sheet.toBlob((blob) => {
    if (!blob) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${map.data.id}-map.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1e4);
  });
}

// src/viewing.ts
var VIEW = /^(-?\d{1,3}(?:\.\d{1,3})?_){5}(?:\d{1,3}(?:\.\d{1,3})*)?$/;
function viewWord(map) {
  const { scale, x, y, yaw, pitch } = map.view, numbers = [scale, x / (map.wide || 1), y / (map.high || 1), turned(yaw), pitch];
  return `${numbers.map((one) => Number(one.toFixed(3))).join("_")}_${[...map.solo].join(".")}`;
}
function lookAsLinked(map) {
  if (!map.linked || !map.colour || !map.wide) return;
  const word = map.linked;
  map.linked = "";
  if (!VIEW.test(word)) return;
  const parts = word.split("_"), [scale, x, y, yaw, pitch] = parts.map(Number);
  map.view = { scale: Math.max(0.6, Math.min(30, scale)), x: x * map.wide, y: y * map.high, yaw, pitch };
  for (const name of parts[5].split(".").filter(Boolean).map(Number)) if (name < map.colour.names.length) map.solo.add(name);
}
function turned(yaw) {
  return Math.atan2(Math.sin(yaw), Math.cos(yaw));
}

// src/atlas_map.ts
var maps = /* @__PURE__ */ new WeakMap();
function atlas_map_default(component) {
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
function part(within, selector) {
  const found = within.querySelector(selector);
  if (!found) throw new Error(`atlas map: no ${selector}`);
  return found;
}
function build(parent, data) {
  const root = part(parent, ".map");
  const find = (selector) => part(root, selector);
  const map = {
    root,
    find,
    stage: find(".stage"),
    points: find("canvas.points"),
    above: find("canvas.above"),
    card: find(".card"),
    watch: new ResizeObserver(() => {
      if (fit(map)) draw(map);
    }),
    pick: () => {
    },
    tell: () => {
    },
    link: () => {
    },
    data,
    from: {},
    stamp: -1,
    rows: null,
    xyz: null,
    home: null,
    usual: 0,
    tears: null,
    colour: null,
    muted: null,
    solo: /* @__PURE__ */ new Set(),
    parts: /* @__PURE__ */ new Map(),
    near: /* @__PURE__ */ new Map(),
    nearLater: void 0,
    mode: "move",
    which: "a",
    pins: true,
    between: true,
    threads: true,
    selections: { a: null, b: null },
    past: [],
    future: [],
    asked: 0,
    view: freshView(),
    linked: "",
    wide: 0,
    high: 0,
    dense: 1,
    across: 0,
    down: 0,
    screen: null,
    image: null,
    waiting: false,
    moving: null,
    whole: false,
    wholeMs: 0,
    shown: freshView(),
    still: null,
    resting: void 0,
    pinned: { at: [], side: 0 },
    hover: -1,
    trail: null,
    walk: null,
    formed: null,
    moment: Infinity,
    playing: null,
    place: null,
    grid: null,
    gridFrom: null,
    exact: null,
    last: null,
    own: /* @__PURE__ */ new Map(),
    socket: null,
    refused: false,
    asking: null,
    number: 0,
    sent: -Infinity,
    later: void 0
  };
  const press2 = (name, on) => find(`[name=${name}]`).setAttribute("aria-pressed", String(on));
  const choose = (names, take) => names.forEach((name) => find(`[name=${name}]`).addEventListener("click", () => {
    take(name);
    names.forEach((one) => press2(one, one === name));
    map.above.classList.toggle("drawing", map.mode !== "move");
  }));
  choose(["move", "lasso", "box"], (name) => {
    map.mode = name;
  });
  choose(["a", "b"], (name) => {
    map.which = name;
  });
  for (const name of ["pins", "between", "threads"]) {
    find(`[name=${name}]`).addEventListener("click", () => {
      map[name] = !map[name];
      press2(name, map[name]);
      draw(map);
    });
  }
  const does = {
    nearer: () => zoom(map, 1.4),
    farther: () => zoom(map, 1 / 1.4),
    undo: () => step(map, -1),
    redo: () => step(map, 1),
    clear: () => choosePoints(map, { a: null, b: null }),
    reset: () => {
      map.view = freshView();
      draw(map);
    },
    save: () => saveMap(map),
    link: () => linkView(map)
  };
  for (const [name, act] of Object.entries(does)) find(`[name=${name}]`).addEventListener("click", act);
  listen(map);
  formingListens(map);
  return map;
}
function linkView(map) {
  const button = map.find("[name=link]");
  map.link(viewWord(map));
  map.find(".read").textContent = "This view is in the page's address now.";
  button.textContent = "In the address ✓";
  setTimeout(() => {
    button.textContent = "Link";
  }, 2500);
}
function freshView() {
  return { scale: 1, x: 0, y: 0, yaw: 0.6, pitch: 0.35 };
}
function update(map, data, before) {
  map.data = data;
  map.stage.setAttribute("aria-label", data.label);
  if (before?.id !== data.id) {
    Object.assign(map, {
      rows: null,
      xyz: null,
      home: null,
      formed: null,
      moment: Infinity,
      colour: null,
      muted: null,
      view: freshView(),
      linked: data.view,
      hover: -1,
      past: [],
      future: [],
      asked: map.asked + 1,
      stamp: -1,
      from: {}
    });
    map.selections = { a: null, b: null };
    map.parts.clear();
    map.own.clear();
    hangUp(map);
  }
  if (before?.id !== data.id || before?.links.near !== data.links.near) {
    clearTimeout(map.nearLater);
    map.near = /* @__PURE__ */ new Map();
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
function looks({ id, split, stamp: stamp2, chosen, halos, names, links }) {
  return JSON.stringify([id, split, stamp2, chosen, halos, names, links]);
}
function load(map, name, link, take) {
  if (map.from[name] === link) return;
  map.from[name] = link;
  columns(link).then((pack) => {
    if (map.from[name] !== link) return;
    take(pack);
    mute(map);
    fit(map);
    draw(map);
  }, () => {
    map.from[name] = null;
  });
}
function moveTo(map, pack) {
  const next = [pack.x, pack.y, pack.z ?? null];
  map.usual = pack.usual;
  map.tears = pack.torn ?? null;
  map.home = next;
  if (isForming(map)) {
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
  const move = (now) => {
    const share = Math.min(1, (now - start) / 900), eased = share * share * (3 - 2 * share);
    if (map.moving !== move) return;
    const between = (a, b) => Float32Array.from({ length: count }, (_, i) => a[i] + eased * (b[i] - a[i]));
    map.xyz = [between(from[0], next[0]), between(from[1], next[1]), null];
    if (share < 1) requestAnimationFrame(move);
    else map.xyz = next;
    draw(map);
  };
  map.moving = move;
  requestAnimationFrame(move);
}
function mute(map) {
  if (!map.rows || !map.colour) return;
  const count = map.rows.label.length, split = map.rows.splits.indexOf(map.data.split);
  map.muted = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    map.muted[i] = split >= 0 && map.rows.split[i] !== split || map.solo.size && !map.solo.has(map.colour.named[i]) ? 1 : 0;
  }
}
function fit(map) {
  const { width, height } = map.stage.getBoundingClientRect(), dense = Math.min(2, window.devicePixelRatio || 1) < 1.5 ? 1 : 2;
  if (!width || map.wide === width && map.high === height && map.dense === dense) return false;
  Object.assign(map, { wide: width, high: height, dense });
  for (const canvas of [map.points, map.above]) {
    canvas.width = Math.round(width * dense);
    canvas.height = Math.round(height * dense);
  }
  return true;
}
function legend(map, { title, stops, ends, names, note }) {
  const place = map.find(".legend");
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
export {
  atlas_map_default as default
};
