// Between the film's steps, and beside its walk: codes put together here, decoded by the server.

const UNTURNED = "The dials are turned, but not in this picture: it was made beforehand.";
const NEAR = "by ruler, on the nearest step";
const HOW = "Each begins at what the model’s code says of the unchanged one. “Reads now” is the ruler’s, on the picture shown: another way of reading, so the two differ.";
const ALSO_MM = 0.5; // a change of size that the ruler tells from its own error, and a reader sees

function linked(film, live, side) {
  return connect({ ...live, pixels: side ** 2 }, {
    state: (open, why = "") => {
      film.online = open;
      film.why = why;
      if (!open) lost(film);
      status(film);
      if (!film.frames) return;
      // what was shown in steps meanwhile is asked for anew, with the dials as they stand
      if (open && turned(film)) ask(film);
      draw(film);
    },
    picture: (told) => {
      if (!film.frames || film.timer || !film.follows) return;
      film.live = { ...told, read: null };
      film.shown = told.asked;
      draw(film);
      clearTimeout(film.late);
      film.late = setTimeout(() => draw(film), LATE_MS + 10); // says so where no reading has come
    },
    reading: (number, read) => {
      if (film.live?.number !== number) return; // of a picture that is no longer shown
      film.live.read = read;
      film.read = { values: read, at: performance.now() };
      if (film.link?.busy) soon(film); // the next picture is on its way, and says it too
      else draw(film);
    },
  });
}

function status(film) {
  const line = film.find(".link");
  line.classList.toggle("open", film.online);
  if (film.data?.mode === "dials" && !film.data.live?.knobs.length) {
    line.textContent = "Nothing to turn yet: choose raw dimensions below, and they stand here.";
    return;
  }
  line.textContent = !film.data?.live ? "" : film.online
    ? "Decoded live while you drag."
    : (film.why === "slow" ? "The live connection does not answer in time: " : "No live connection: ") +
      (film.data.mode === "dials"
        ? "one dial at a time, in pictures made beforehand."
        : "the film made beforehand is shown, in steps.");
  film.root.querySelectorAll(".knobs input").forEach((input, at) => {
    input.disabled = !film.online && !film.data.live.knobs[at]?.strip;
  });
}

function knobs(film) {
  const { live } = film.data, place = film.find(".knobs");
  film.codes = live ? floats(live.codes) : null;
  film.moves = live ? live.knobs.map((knob) => floats(knob.move)) : [];
  film.turned = film.moves.map(() => 0);
  still(film);
  place.hidden = !film.moves.length;
  const inputs = (live?.knobs ?? []).map((knob, at) => {
    const say = (value) => (knob.reciprocal ? 1 / value : value);
    const [low, high] = [say(knob.low), say(knob.high)].sort((a, b) => a - b);
    const label = document.createElement("label"), value = document.createElement("b");
    const input = document.createElement("input");
    Object.assign(input, { type: "range", min: low, max: high, step: (high - low) / 200 });
    input.value = say(knob.own);
    input.setAttribute("aria-label", knob.title);
    const spoken = (now) => knob.unit === "mm"
      ? long(+now, film.data)
      : `${(+now).toFixed(high - low > 20 ? 0 : 2)} ${knob.unit}`.trim();
    value.textContent = spoken(say(knob.own));
    input.addEventListener("input", (event) => {
      pause(film);
      film.since = event.timeStamp;
      film.turned[at] = say(+input.value) - knob.own;
      value.textContent = spoken(input.value);
      if (!ask(film)) fromStrip(film, at, (input.value - low) / (high - low));
    });
    input.addEventListener("change", () => film.turn()); // Python hears of the gesture's end only
    label.append(knob.title, value, input);
    const now = document.createElement("small");
    now.className = "now";
    label.append(now);
    if (knob.note) {
      const note = document.createElement("small");
      note.textContent = knob.note;
      label.append(note);
    }
    return label;
  });
  const back = document.createElement("button");
  back.type = "button";
  back.textContent = "Put these back";
  back.addEventListener("click", () => {
    putBack(film);
    status(film);
    draw(film);
  });
  const how = document.createElement("p");
  how.className = "how";
  how.textContent = HOW;
  how.hidden = !(live?.knobs ?? []).some(({ reads }) => reads >= 0);
  place.replaceChildren(how, ...inputs, back);
  film.nows = [...place.querySelectorAll(".now")];
  status(film);
}

function putBack(film) {
  knobs(film);
  film.turn();
}

// Without a connection one knob at a time shows its own pictures, made beforehand.
function fromStrip(film, at, share) {
  const strip = film.strips[at];
  if (!strip?.length) return;
  film.turned = film.turned.map((amount, other) => (other === at ? amount : 0));
  film.root.querySelectorAll(".knobs input").forEach((input, other) => {
    const knob = film.data.live.knobs[other];
    if (other !== at) input.value = knob.reciprocal ? 1 / knob.own : knob.own;
  });
  const pixels = strip[Math.round(share * (strip.length - 1))];
  still(film);
  film.live = { pixels, score: null, refused: "", read: null, dials: [...film.turned] };
  draw(film);
}

// A picture made beforehand outlives a connection that is tried in vain, while its dials stand.
function lost(film) {
  const { live } = film;
  still(film);
  if (live?.dials?.every((amount, at) => amount === film.turned[at])) film.live = live;
}

function turned(film) {
  return film.turned.some((amount) => Math.abs(amount) > 1e-9);
}

// Between which two steps the slider stands, and how far.
function between({ at, data: { asked } }) {
  const last = asked.length - 1;
  let left = 0;
  while (left < last - 1 && asked[left + 1] <= at) left++;
  return { left, share: Math.min(1, Math.max(0, (at - asked[left]) / (asked[left + 1] - asked[left]))) };
}

// How many times the picture is enlarged at last, beyond what the network draws.
function enlarged(film) {
  const { left, share } = between(film), times = film.data.enlarged;
  return times[left] + share * (times[left + 1] - times[left]);
}

function ask(film) {
  if (!film.link || !film.online || !film.codes) return false;
  const { live } = film.data, { left, share } = between(film);
  const wish = new Float32Array(1 + live.latent);
  wish[0] = enlarged(film);
  for (let i = 0; i < live.latent; i++) {
    const from = film.codes[left * live.latent + i], to = film.codes[(left + 1) * live.latent + i];
    wish[1 + i] = from + share * (to - from);
    film.moves.forEach((move, at) => (wish[1 + i] += film.turned[at] * move[i]));
  }
  return (film.follows = film.link.send(wish, film.since || performance.now()));
}

// Under each knob what the ruler reads of it on the picture, in its own unit.
function readings(film, read) {
  film.nows.forEach((place, at) => {
    const knob = film.data.live.knobs[at], found = knob.reads < 0 ? null : read?.[knob.reads] ?? null;
    const said = found === null ? "" : knob.unit === "mm"
      ? long(found, film.data)
      : `${(knob.reciprocal ? 1 / found : found).toFixed(2)} ${knob.unit}`.trim();
    const unread = !film.live ? "" : read ? "not readable by ruler" : "reading";
    put(place, knob.reads < 0 ? "" : said ? `reads now ${said}, by ruler` : unread);
  });
}

// A dial that is not the size's may move the size too: then it is no clean answer, and it is said.
function moved(film, read) {
  const { data } = film, before = data.measured[film.step];
  if (!read || before === null) return "";
  const names = [];
  for (const [at, knob] of data.live.knobs.entries()) {
    if (Math.abs(film.turned[at]) <= 1e-9) continue;
    if (knob.reads === 0) return "";
    names.push(knob.title.split(":")[0]);
  }
  if (!names.length) return "";
  const turning = `Turning ${names.join(" and ")} so far`, now = read[0];
  if (now === null)
    return `${turning} leaves a picture that the ruler cannot read: whether its size changed too is not known.`;
  return Math.abs(now - before) < ALSO_MM ? "" :
    `${turning} changed the size too: ${long(before, data)} before, ${long(now, data)} now, by ruler.`;
}

function doubtOf(film) {
  if (!film.live) return turned(film) ? UNTURNED : film.data.notes[film.step];
  return film.live.refused || (turned(film) ? "" : film.data.notes[film.step]);
}
