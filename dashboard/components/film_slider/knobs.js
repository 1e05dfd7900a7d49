// Between the film's steps, and beside its walk: codes put together here, decoded by the server.

const OUTSIDE = "Outside what the model saw in training: do not trust this picture.";

function linked(film, live) {
  return connect(live, {
    state: (open) => {
      film.online = open;
      if (!open) film.live = null;
      status(film);
      if (film.frames) draw(film);
    },
    picture: (told) => {
      if (!film.frames || film.timer) return;
      film.live = { ...told, read: null };
      draw(film);
      performance.measure("live picture", { start: told.asked, end: performance.now() });
    },
    reading: (read) => {
      if (!film.live) return;
      film.live.read = read;
      draw(film);
    },
  });
}

function status(film) {
  const line = film.find(".link");
  line.classList.toggle("open", film.online);
  line.textContent = !film.data?.live ? "" : film.online
    ? "Decoded live while you drag."
    : film.data.mode === "dials"
      ? "No live connection: one dial at a time, in pictures made beforehand."
      : "No live connection: the film made beforehand is shown, in steps.";
  film.root.querySelectorAll(".knobs input").forEach((input, at) => {
    input.disabled = !film.online && !film.data.live.knobs[at]?.strip;
  });
}

function knobs(film) {
  const { live } = film.data, place = film.find(".knobs");
  film.codes = live ? floats(live.codes) : null;
  film.moves = live ? live.knobs.map((knob) => floats(knob.move)) : [];
  film.turned = film.moves.map(() => 0);
  film.live = null;
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
    input.addEventListener("input", () => {
      pause(film);
      film.turned[at] = say(+input.value) - knob.own;
      value.textContent = spoken(input.value);
      if (!ask(film)) fromStrip(film, at, (input.value - low) / (high - low));
    });
    label.append(knob.title, value, input);
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
    knobs(film);
    status(film);
    draw(film);
  });
  place.replaceChildren(...inputs, back);
  status(film);
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
  film.live = { pixels, score: null, typicality: 0, read: null };
  draw(film);
}

function turned(film) {
  return film.turned.some((amount) => Math.abs(amount) > 1e-9);
}

function ask(film) {
  if (!film.link || !film.online || !film.codes) return false;
  const { asked, live } = film.data, last = asked.length - 1;
  let left = 0;
  while (left < last - 1 && asked[left + 1] <= film.at) left++;
  const share = Math.min(1, Math.max(0, (film.at - asked[left]) / (asked[left + 1] - asked[left])));
  const code = new Float32Array(live.latent);
  for (let i = 0; i < live.latent; i++) {
    const from = film.codes[left * live.latent + i], to = film.codes[(left + 1) * live.latent + i];
    code[i] = from + share * (to - from);
    film.moves.forEach((move, at) => (code[i] += film.turned[at] * move[i]));
  }
  return film.link.send(code);
}

function doubtOf(film) {
  if (film.live.typicality > film.data.limit) return OUTSIDE;
  return turned(film) ? "" : film.data.notes[film.step];
}
