// A walk's pictures under the finger: every frame arrives once, as one sprite sheet, and dragging
// redraws in the browser. Python hears of it only when the gesture has ended.

const films = new WeakMap();
const BRIGHTER = [230, 97, 1]; // PuOr, as on every other page
const DARKER = [124, 82, 190];
const SMALL_PX = 150; // a picture that has no room for letters, bar and badge
const LEFT = 46, RIGHT = 26, RULER = 36, TOP = 100, BOTTOM = 172;
const SETTLE_MS = 350; // keys and wheels have no end of their own
const WAIT_MS = 40; // a hand does not see that its needle waits so long
const LATE_MS = 150; // an older reading is not taken for one of the picture that is shown

export default function (component) {
  const { data, parentElement, setStateValue, setTriggerValue } = component;
  let film = films.get(parentElement);
  if (!film) {
    film = build(parentElement);
    films.set(parentElement, film);
  }
  film.report = (step) => setStateValue("step", step);
  film.turn = () => setStateValue("turned", {
    knobs: film.data.live.knobs.map(({ title }) => title), amounts: [...film.turned],
  });
  film.jump = (way) => setTriggerValue("jump", way);
  document.addEventListener("keydown", film.keys);
  window.addEventListener("lymphoscape-later", film.later);
  if (film.data?.id !== data.id) load(film, data);
  film.watch.observe(film.root);
  if (data.live && data.mode !== "loop" && !film.link) film.link = linked(film, data.live, data.size_px);
  return () => {
    document.removeEventListener("keydown", film.keys);
    window.removeEventListener("lymphoscape-later", film.later);
    film.watch.disconnect();
    film.link?.close();
    film.link = null;
    pause(film);
  };
}

function build(parent) {
  const root = parent.querySelector(".film");
  const find = (selector) => root.querySelector(selector);
  const pictures = {}, tile = {};
  for (const figure of root.querySelectorAll("[data-picture]"))
    pictures[figure.dataset.picture] = {
      figure, canvas: figure.querySelector("canvas"), caption: figure.querySelector("figcaption"),
    };
  for (const name of ["asked", "measured", "score"]) {
    const card = find(`.tile.${name}`);
    tile[name] = { card, strong: card.querySelector("b"), soft: card.querySelector("span") };
  }
  const film = {
    root, find, pictures, tile, step: 0, timer: 0, settle: 0, frames: null, report: () => {},
    at: 0, turned: [], live: null, follows: false, read: null, online: false, link: null, why: "",
    since: 0, shown: 0, frame: 0, waits: 0, sizes: null,
    slider: find(".instrument"), svg: find(".instrument svg"), play: find(".play"), note: find(".note"),
    fill: find(".fill"), mark: find(".mark"), legend: find(".legend"),
    whose: find(".whose"), held: find(".held"),
  };
  // the whole page, so that the marked ones stay in reach and a jump does not leave the full screen
  find(".whole").addEventListener("click", () => document.documentElement.requestFullscreen?.());
  film.keys = (event) => {
    const way = { n: 1, p: -1 }[event.key.toLowerCase()];
    const { tagName, type } = event.composedPath()[0];
    const writes = tagName === "TEXTAREA" || (tagName === "INPUT" && type !== "range");
    if (!film.data?.present || !way || writes || event.ctrlKey || event.metaKey || event.altKey) return;
    film.jump(way);
  };
  film.later = ({ detail }) => {
    if (detail !== film.data?.key || !film.frames) return;
    take(film);
    draw(film);
  };
  film.watch = new ResizeObserver(() => {
    film.sizes = null;
    if (film.frames) draw(film);
  });
  film.play.addEventListener("click", () => {
    if (film.timer) return stop(film);
    const put = film.data?.mode === "slider" && turned(film);
    if (put) putBack(film); // the film shows the walk alone
    start(film);
    if (put) film.find(".link").textContent = "The dials were put back: the film shows the walk alone.";
  });
  const follow = (event) => {
    film.since = event.timeStamp;
    const { box } = film; // asked once a drag: moves may come a thousand times a second
    const share = (event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT);
    const { asked } = film.data;
    const wanted = asked[0] + share * (asked[asked.length - 1] - asked[0]);
    aim(film, Math.min(asked[asked.length - 1], Math.max(asked[0], wanted)));
  };
  film.slider.addEventListener("pointerdown", (event) => {
    if (!film.frames) return;
    pause(film);
    film.slider.setPointerCapture(event.pointerId);
    film.slider.focus({ preventScroll: true });
    film.box = film.slider.getBoundingClientRect();
    film.dragging = true;
    follow(event);
    event.preventDefault();
  });
  // Moves come once a frame, at its beginning, and raw ones at once: the server's answer is on its
  // way while the frame is drawn. Browsers keep raw ones for safe origins; elsewhere moves must do.
  const moves = "onpointerrawupdate" in film.slider ? "pointerrawupdate" : "pointermove";
  film.slider.addEventListener(moves, (event) => film.dragging && follow(event));
  for (const end of ["pointerup", "pointercancel"]) {
    film.slider.addEventListener(end, () => {
      if (film.dragging) tell(film, 0);
      film.dragging = false;
    });
  }
  film.slider.addEventListener("keydown", (event) => {
    if (!film.frames) return;
    const last = film.data.asked.length - 1;
    const leap = Math.max(1, Math.round(last / 8));
    const target = {
      ArrowRight: film.step + 1, ArrowUp: film.step + 1, ArrowLeft: film.step - 1,
      ArrowDown: film.step - 1, PageUp: film.step + leap, PageDown: film.step - leap,
      Home: 0, End: last,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    film.since = event.timeStamp;
    pause(film);
    go(film, Math.min(last, Math.max(0, target)));
    tell(film, SETTLE_MS);
  });
  return film;
}

async function load(film, data) {
  pause(film);
  film.data = data;
  film.frames = film.small = film.ruler = film.sizes = film.read = null;
  Object.assign(film, { painted: {}, said: {}, marks: {} });
  film.root.classList.toggle("loop", data.mode === "loop");
  film.root.classList.toggle("present", data.present);
  film.root.classList.toggle("dials", data.mode === "dials");
  const tile = await tiled(data, data.size_px);
  if (film.data !== data) return; // a newer film came while this one was decoded
  const steps = data.asked.length;
  film.original = tile(0);
  film.frames = data.asked.map((_, step) => tile(1 + step));
  let used = 1 + steps;
  film.strips = (data.live?.knobs ?? []).map(({ strip }) => Array.from({ length: strip }, () => tile(used++)));
  film.scale = 1;
  for (const frame of film.frames)
    frame.forEach((value, i) => (film.scale = Math.max(film.scale, Math.abs(value - film.original[i]))));
  for (const name of ["original", "difference"])
    film.find(`[data-picture=${name}]`).hidden = data.mode !== "slider";
  waitFor(film);
  film.scaled = difference(film.scale);
  film.known = [[data.outline_mm, "by outline"], [data.original_mm, "by ruler"]]
    .filter(([size]) => size !== null).map(([size, how]) => `${long(size, data)} ${how}`).join(", ");
  // a slider only once it has a name, ends and a value: a reader must not meet an empty one
  film.slider.setAttribute("role", "slider");
  film.slider.tabIndex = 0;
  film.slider.setAttribute("aria-label", data.words.slider);
  film.slider.setAttribute("aria-valuemin", data.asked[0]);
  film.slider.setAttribute("aria-valuemax", data.asked[steps - 1]);
  // put up anew, as for a room: at the step on which the last gesture ended
  film.step = data.at;
  film.at = data.asked[data.at];
  knobs(film);
  legend(film);
  draw(film);
  if (data.present) film.slider.focus({ preventScroll: true });
  film.root.dataset.ready = data.id;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (data.mode === "loop" && !still) start(film);
  take(film);
}

function go(film, step) {
  if (step === film.step && !film.live) return;
  film.step = step;
  film.at = film.data.asked[step];
  // a step of the film was drawn and measured beforehand: only turned dials need another picture
  if (film.timer || !turned(film) || !ask(film)) still(film);
  draw(film);
}

function aim(film, wanted) {
  film.step = nearest(film.data.asked, wanted);
  film.at = wanted;
  // Without a connection the nearest picture of the film made beforehand stands in, and so it does
  // where a step was refused: what is said there was read on that picture and no other.
  const refused = film.data.notes[film.step] && !turned(film);
  if (!refused && ask(film)) return soon(film);
  film.at = film.data.asked[film.step];
  still(film);
  draw(film);
}

// The film made beforehand is shown: what was asked for before, and comes yet, is of another step.
function still(film) {
  film.live = film.read = null;
  film.follows = false;
}

function tell(film, wait) {
  clearTimeout(film.settle);
  film.settle = setTimeout(() => film.data.mode === "slider" && film.report(film.step), wait);
}

function start(film) {
  if (!film.frames) return;
  const last = film.frames.length - 1;
  let way = film.step < last ? 1 : -1;
  const pace = Math.max(40, 3200 / (last + 1));
  film.timer = setInterval(() => {
    if (film.step + way > last || film.step + way < 0) way = -way;
    go(film, film.step + way);
  }, pace);
  label(film);
}

function pause(film) {
  clearInterval(film.timer);
  film.timer = 0;
  label(film);
}

function stop(film) {
  pause(film);
  tell(film, 0);
}

function label(film) {
  film.play.textContent = film.timer ? "Pause" : "Play";
  film.play.setAttribute("aria-pressed", String(Boolean(film.timer)));
}

// A frame of the whole page takes longer than the server's answer: the needle moves with its
// picture, in one frame, and alone only where the picture lets it wait.
function soon(film) {
  film.waits ||= setTimeout(() => draw(film), WAIT_MS);
}

// Many things ask for a new drawing between two frames of the screen; one is enough.
function draw(film) {
  film.frame ||= requestAnimationFrame(() => {
    film.frame = 0;
    clearTimeout(film.waits);
    film.waits = 0;
    if (!film.frames) return;
    drawNow(film);
    if (film.shown) performance.measure("live picture", { start: film.shown, end: performance.now() });
    film.shown = 0;
  });
}

// Nothing here asks the browser where something lies: it would lay the whole page out to answer.
function drawNow(film) {
  const { data, step, frames } = film;
  const state = reading(film);
  paint(film, "original", film.original, grey, data.words.original, film.known);
  const grown = film.live ? film.live.pixels : frames[step];
  paint(film, "grown", grown, grey, data.words.grown, state.caption);
  paint(film, "difference", grown, signed, data.words.difference, film.scaled);
  if (film.twins)
    paint(film, "twin", film.twins[step], grey, data.words.twin, twinned(film.told, step, data));
  if (film.warps)
    paint(film, "warp", film.warps[step], grey, data.words.warp, "the scan itself, stretched");
  tiles(film, state);
  const doubt = doubtOf(film);
  const also = doubt ? "" : moved(film, state.reads);
  put(film.note, doubt || also);
  film.note.hidden = !(doubt || also) || Boolean(film.timer);
  film.root.classList.toggle("doubtful", Boolean(doubt));
  film.slider.setAttribute("aria-valuenow", +film.at.toFixed(2));
  film.slider.setAttribute("aria-valuetext", state.spoken);
  readings(film, state.reads);
  instrument(film, state);
}

// What the layout gave, asked once after each change of it.
function sizes(film) {
  if (film.sizes) return film.sizes;
  const ratio = window.devicePixelRatio || 1, sides = {};
  for (const [name, { figure, canvas }] of Object.entries(film.pictures))
    sides[name] = figure.hidden ? 0 : Math.round((canvas.clientWidth || 200) * ratio);
  return (film.sizes = { ratio, sides, width: film.slider.clientWidth });
}

function nearest(values, wanted) {
  let best = 0;
  values.forEach((value, i) => {
    if (Math.abs(value - wanted) < Math.abs(values[best] - wanted)) best = i;
  });
  return best;
}
