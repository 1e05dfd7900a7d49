// How points reach the canvas: stamped into one image, so that 37,000 take some milliseconds.

const GREY = [128, 138, 144];

function project(map) {
  const { scale, x, y, yaw, pitch } = map.view;
  const [xs, ys, zs] = map.xyz;
  const count = xs.length;
  const reach = 0.38 * Math.min(map.wide, map.high) * scale; // corners turn into view
  map.across = zs ? reach : 0.44 * map.wide * scale;
  map.down = zs ? reach : 0.42 * map.high * scale;
  const screen = map.screen?.x.length === count && !map.screen.depth === !zs ? map.screen
    : { x: new Float32Array(count), y: new Float32Array(count), depth: zs ? new Float32Array(count) : null };
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  const mx = map.wide / 2 + x, my = map.high / 2 + y;
  for (let i = 0; i < count; i++) {
    let px = xs[i], py = ys[i];
    if (zs) {
      const turned = -xs[i] * sy + zs[i] * cy;
      px = xs[i] * cy + zs[i] * sy;
      py = ys[i] * cp - turned * sp;
      screen.depth[i] = ys[i] * sp + turned * cp;
    }
    screen.x[i] = mx + px * map.across;
    screen.y[i] = my - py * map.down;
  }
  return screen;
}

/** Draw at the next frame; many calls before it are one. */
function draw(map) {
  if (map.waiting) return;
  map.waiting = true;
  requestAnimationFrame(() => {
    map.waiting = false;
    drawNow(map);
  });
}

function drawNow(map) {
  if (!map.wide || !map.xyz || !map.muted || map.muted.length !== map.xyz[0].length) return;
  const began = performance.now();
  const screen = (map.screen = project(map)), count = screen.x.length;
  const ink = map.points.getContext("2d");
  const wide = map.points.width, high = map.points.height;
  if (map.image?.width !== wide || map.image?.height !== high) map.image = ink.createImageData(wide, high);
  const pixels = new Uint32Array(map.image.data.buffer);
  pixels.fill(0);
  const size = Math.max(1.5, Math.min(5.2, 130 / Math.sqrt(count))) * Math.min(1.7, Math.sqrt(map.view.scale)) * map.dense;
  const { a, b } = map.selections, some = a || b, rgb = map.colour.rgb, muted = map.muted;
  const quiet = stamp(0.75 * size, 0.3), full = stamp(size, 0.88);
  const near = screen.depth ? [0.75, 0.9, 1.05, 1.25].map((grown) => stamp(grown * size, 0.9)) : null;
  const chosen = (i) => (a && a[i]) || (b && b[i]);
  for (let i = 0; i < count; i++) {
    if (muted[i] || (some && !chosen(i))) press(pixels, wide, high, screen.x[i] * map.dense, screen.y[i] * map.dense, quiet, GREY, 0);
  }
  let order = null;
  if (screen.depth) order = Array.from({ length: count }, (_, i) => i).sort((i, j) => screen.depth[i] - screen.depth[j]);
  for (let n = 0; n < count; n++) {
    const i = order ? order[n] : n;
    if (muted[i] || (some && !chosen(i))) continue;
    const how = near ? near[Math.max(0, Math.min(3, Math.floor(2 * screen.depth[i] + 2)))] : full;
    press(pixels, wide, high, screen.x[i] * map.dense, screen.y[i] * map.dense, how, rgb, 3 * i);
  }
  ink.setTransform(1, 0, 0, 1, 0, 0);
  ink.putImageData(map.image, 0, 0);
  ink.setTransform(map.dense, 0, 0, map.dense, 0, 0);
  if (map.pins) pin(map, ink, screen);
  over(map);
  map.root.dataset.drawn = String(Number(map.root.dataset.drawn ?? 0) + 1);
  map.root.dataset.drawMs = (performance.now() - began).toFixed(1);
}

/** A round spot as offsets and coverages, made once for a size. */
const stamps = new Map();
function stamp(radius, strength) {
  const key = `${radius.toFixed(1)} ${strength}`;
  if (stamps.has(key)) return stamps.get(key);
  const out = Math.ceil(radius + 0.5), spots = [];
  for (let y = -out; y <= out; y++) {
    for (let x = -out; x <= out; x++) {
      const cover = Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(x, y)));
      if (cover > 0) spots.push(x, y, Math.round(255 * strength * cover));
    }
  }
  if (stamps.size > 60) stamps.clear();
  stamps.set(key, Int16Array.from(spots));
  return stamps.get(key);
}

function press(pixels, wide, high, x, y, spots, rgb, at) {
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

function pin(map, ink, screen) {
  const side = Math.min(64, 40 * Math.sqrt(map.view.scale)) * Math.min(1, map.wide / 560);
  const gap = 1.75 * side, margin = 0.6 * side, placed = [], count = screen.x.length;
  const { a, b } = map.selections;
  // the golden ratio's steps visit an order evenly, whatever it is sorted by
  const stride = Math.max(1, Math.round(count * 0.6180339887)), common = (m, n) => (n ? common(n, m % n) : m);
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
}

/** One patch from its part of the sheet; false until that part is there. */
function picture(map, ink, i, x, y, side) {
  const { size_px: cell, part_rows: rows, part_columns: wide } = map.data;
  const number = Math.floor(i / rows);
  let part = map.parts.get(number);
  if (!part) {
    part = new Image();
    part.onload = () => { draw(map); card(map); };
    part.src = new URL(map.data.links.pictures.replace("{part}", number), document.baseURI).href;
    map.parts.set(number, part);
  }
  if (!part.complete || !part.naturalWidth) return false;
  const at = i - number * rows;
  cut(ink, part, (at % wide) * cell, Math.floor(at / wide) * cell, cell, x, y, side);
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

function over(map) {
  if (!map.screen) return;
  const ink = map.above.getContext("2d"), colour = getComputedStyle(map.stage).color;
  ink.setTransform(map.dense, 0, 0, map.dense, 0, 0);
  ink.clearRect(0, 0, map.wide, map.high);
  const tied = map.hover >= 0 ? map.hover : map.data.chosen;
  if (map.threads && !isForming(map)) thread(map, ink, tied, colour);
  outline(map, ink, map.selections.a, "#D55E00");
  outline(map, ink, map.selections.b, "#2E86C1");
  ring(map, ink, map.data.chosen, colour, 3, 10);
  if (map.hover >= 0) ring(map, ink, map.hover, colour, 2, 8);
  if (!isForming(map)) for (const halo of map.data.halos) around(map, ink, halo, colour);
  if (map.trail?.length > 1) {
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

/** Lines to the true neighbours of a point, those of the latent space. */
function thread(map, ink, i, colour) {
  const near = i >= 0 && i < map.screen.x.length ? nearOf(map, i) : null;
  if (!near) return;
  ink.strokeStyle = colour;
  ink.lineWidth = 1.4;
  ink.globalAlpha = 0.75;
  ink.beginPath();
  for (const other of near) {
    ink.moveTo(map.screen.x[i], map.screen.y[i]);
    ink.lineTo(map.screen.x[other], map.screen.y[other]);
  }
  ink.stroke();
  ink.globalAlpha = 1;
}

/** A point's true neighbours: they came with the rows, or are asked for once it is looked at. */
function nearOf(map, i) {
  const all = map.rows?.near;
  if (all) {
    const count = all.length / map.screen.x.length;
    return all.subarray(i * count, (i + 1) * count);
  }
  if (!map.rows) return null;
  if (map.near.has(i)) return map.near.get(i);
  clearTimeout(map.nearLater);
  map.nearLater = setTimeout(() => {
    const { id, links: { near } } = map.data;
    map.near.set(i, null);
    fetch(new URL(near.replace("{row}", i), document.baseURI))
      .then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(answer.status)))
      .then((buffer) => {
        if (map.data.id !== id || map.data.links.near !== near) return;
        map.near.set(i, new Uint32Array(buffer));
        over(map);
      }, () => map.data.links.near === near && map.near.delete(i));
  }, 60);
  return null;
}

function outline(map, ink, set, colour) {
  if (!set || total(set) > 3000) return;
  ink.strokeStyle = colour;
  ink.lineWidth = 1.5;
  ink.beginPath();
  for (let i = 0; i < map.screen.x.length; i++) {
    if (!set[i]) continue;
    ink.moveTo(map.screen.x[i] + 5, map.screen.y[i]);
    ink.arc(map.screen.x[i], map.screen.y[i], 5, 0, 2 * Math.PI);
  }
  ink.stroke();
}

/** Where a placed node lies and, as its radius, how sure that is. */
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

function ring(map, ink, i, colour, width, radius) {
  if (!(i >= 0 && i < map.screen.x.length)) return;
  ink.beginPath();
  ink.arc(map.screen.x[i], map.screen.y[i], radius, 0, 2 * Math.PI);
  ink.lineWidth = width + 2;
  ink.strokeStyle = "rgba(255,255,255,.8)";
  ink.stroke();
  ink.lineWidth = width;
  ink.strokeStyle = colour;
  ink.stroke();
}
