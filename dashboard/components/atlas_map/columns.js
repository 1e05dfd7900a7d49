// Columns from our own routes as typed arrays, and sets of rows as bits (joined to atlas_map.js).

const packs = new Map();
const KINDS = { float32: Float32Array, uint32: Uint32Array, uint16: Uint16Array, uint8: Uint8Array };

/** A pack's header with its columns beside it; each link is fetched once. */
function columns(link) {
  if (!packs.has(link)) {
    if (packs.size > 24) packs.delete(packs.keys().next().value);
    packs.set(link, fetch(new URL(link, document.baseURI)).then((answer) => {
      if (!answer.ok) throw new Error(`columns: ${answer.status}`);
      return answer.arrayBuffer();
    }).then(unpack));
    packs.get(link).catch(() => packs.delete(link));
  }
  return packs.get(link);
}

function unpack(buffer) {
  const long = new DataView(buffer).getUint32(0, true);
  const { columns: listed, ...pack } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, long)));
  for (const [name, [kind, at, count]] of Object.entries(listed)) pack[name] = new KINDS[kind](buffer, 4 + long + at, count);
  return pack;
}

/** A set of rows (1 or 0 each) as base64 of one bit a row; null and empty are "". */
function bits(set) {
  if (!set) return "";
  const bytes = new Uint8Array(Math.ceil(set.length / 8));
  for (let i = 0; i < set.length; i++) if (set[i]) bytes[i >> 3] |= 1 << (i & 7);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

function unbits(text) {
  if (!text) return null;
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)), set = new Uint8Array(8 * bytes.length);
  let some = false;
  for (let i = 0; i < set.length; i++) some = (set[i] = (bytes[i >> 3] >> (i & 7)) & 1) > 0 || some;
  return some ? set : null;
}

/** Both selections at once: kept for undo, told to Python once, with whether points were drawn around. */
function choosePoints(map, next, gesture = false) {
  map.past.push(map.selections);
  if (map.past.length > 60) map.past.shift();
  map.future = [];
  map.selections = next;
  settled(map, gesture);
}

function step(map, way) {
  const [from, to] = way < 0 ? [map.past, map.future] : [map.future, map.past];
  if (!from.length) return;
  to.push(map.selections);
  map.selections = from.pop();
  settled(map);
}

function settled(map, gesture = false) {
  tools(map);
  draw(map);
  const { a, b } = map.selections;
  map.find(".read").textContent = `Selection A ${total(a)} points, selection B ${total(b)} points.`;
  map.tell({ a: bits(a), b: bits(b), gesture: gesture && Boolean(a || b) });
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
