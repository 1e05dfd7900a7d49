// Pictures decoded by the server while a slider is dragged; joined with a component into one
// module. Only one code is under way at a time and only the newest waits behind it. Without a
// connection, or while no answer comes, `send` says false and the component shows what it has.

// The aim is 50 ms and an answer by a busy class's server takes some 200; a hand that has waited a
// third of a second thinks that the slider is stuck.
const SILENT_MS = 300;

// A connection that ends sooner was none: the next try waits longer, and the fifth is the last.
const LASTING_MS = 10000;

// The server ends a flood of 240 a second; a mouse may move a thousand times in one.
const LEAST_MS = 8;

function connect(live, told) {
  const link = { socket: null, number: 0, busy: false, next: null, tries: 0, closed: false, asked: 0, silent: false, watch: 0, at: -Infinity, later: 0, opened: Infinity };
  link.told = told;
  const open = () => {
    if (link.closed) return;
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/lymphoscape/live/` +
      `${encodeURIComponent(live.run)}/${live.row}/${live.keep}`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      link.opened = performance.now();
      link.silent = false;
      told.state(true);
    };
    socket.onmessage = ({ data }) => {
      const view = new DataView(data), number = view.getUint32(0, true);
      if (view.getUint32(4, true) === 1) {
        clearTimeout(link.watch);
        link.busy = false;
        if (link.silent) {
          // what was asked long ago is not shown; it says only that answers come again
          link.silent = false;
          link.next = null;
          told.state(true);
          return;
        }
        told.picture({
          number, score: view.getFloat32(8, true), asked: link.asked,
          pixels: new Uint8ClampedArray(data, 16, live.pixels),
          refused: new TextDecoder().decode(new Uint8Array(data, 16 + live.pixels)),
        });
        if (link.next) pushSoon(link);
      } else {
        const read = [8, 12, 16, 20, 24].map((at) => view.getFloat32(at, true));
        told.reading(number, read.map((value) => (Number.isFinite(value) ? value : null)));
      }
    };
    socket.onclose = () => {
      clearTimeout(link.watch);
      if (performance.now() - link.opened > LASTING_MS) link.tries = 0;
      link.opened = Infinity;
      link.busy = link.silent = false;
      link.next = null;
      link.socket = null;
      told.state(false, "none");
      if (!link.closed && link.tries < 5) setTimeout(open, 500 * 2 ** link.tries++);
    };
    link.socket = socket;
  };
  link.close = () => {
    link.closed = true;
    clearTimeout(link.watch);
    clearTimeout(link.later);
    link.socket?.close();
  };
  link.send = (wish, asked) => {
    if (link.socket?.readyState !== WebSocket.OPEN || link.silent) return false;
    link.next = { wish, asked };
    if (!link.busy) pushSoon(link);
    return true;
  };
  open();
  return link;
}

// Of what is asked for meanwhile the newest alone goes out.
function pushSoon(link) {
  const wait = link.at + LEAST_MS - performance.now();
  clearTimeout(link.later);
  if (wait <= 0) return push(link, link.next);
  link.later = setTimeout(() => {
    if (link.next && !link.busy && link.socket?.readyState === WebSocket.OPEN) push(link, link.next);
  }, wait);
}

function push(link, { wish, asked }) {
  const message = new ArrayBuffer(4 + 4 * wish.length), view = new DataView(message);
  link.next = null;
  view.setUint32(0, ++link.number, true);
  wish.forEach((value, at) => view.setFloat32(4 + 4 * at, value, true));
  link.busy = true;
  link.asked = asked;
  link.at = performance.now();
  link.socket.send(message);
  link.watch = setTimeout(() => {
    link.silent = true;
    link.next = null;
    link.told.state(false, "slow");
  }, SILENT_MS);
}

function floats(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}
