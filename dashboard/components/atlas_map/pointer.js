// Pointer, wheel and keys on the map (joined to atlas_map.js when the page is made).

function listen(map) {
  const at = (event) => {
    const box = map.stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  let from = null;
  map.above.addEventListener("pointerdown", (event) => {
    map.stage.focus({ preventScroll: true });
    map.above.setPointerCapture(event.pointerId);
    const drawing = map.mode !== "move" || event.shiftKey;
    from = { at: at(event), view: { ...map.view }, drawing, box: map.mode === "box", moved: false };
    if (drawing) map.trail = [at(event)];
    hover(map, -1);
  });
  map.above.addEventListener("pointermove", (event) => {
    const [x, y] = at(event);
    if (!from) return hover(map, nearest(map, x, y), x, y);
    const dx = x - from.at[0], dy = y - from.at[1];
    from.moved ||= Math.hypot(dx, dy) > 4;
    if (from.drawing) {
      const [x0, y0] = from.at;
      if (from.box) map.trail = [[x0, y0], [x, y0], [x, y], [x0, y]];
      else map.trail.push([x, y]);
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
    draw(map);
  });
  map.above.addEventListener("pointerup", (event) => {
    const [x, y] = at(event);
    if (from?.drawing && from.moved) map.lasso(inside(map));
    else if (from && !from.moved) {
      const row = nearest(map, x, y);
      if (row >= 0) map.pick(row);
      else if (map.marked.size) map.lasso([]);
    }
    from = null;
    map.trail = null;
    map.above.classList.remove("moving");
    over(map);
  });
  map.above.addEventListener("pointerleave", () => hover(map, -1));
  map.stage.addEventListener("wheel", (event) => {
    if (map.root.getRootNode().activeElement !== map.stage) return; // the page scrolls until the map is clicked
    event.preventDefault();
    const [x, y] = at(event);
    zoom(map, Math.exp(-event.deltaY / 400), x, y);
  }, { passive: false });
  map.stage.addEventListener("keydown", (event) => key(map, event));
}

function key(map, event) {
  if (event.target !== map.stage) return;
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (event.key === "Escape") hover(map, -1);
  else if (event.key === "Enter" && map.hover >= 0) map.pick(map.hover);
  else if (event.key === "+" || event.key === "-") zoom(map, event.key === "+" ? 1.4 : 1 / 1.4);
  else if (way) {
    const start = map.hover >= 0 ? map.hover : Math.max(0, map.data.chosen);
    const next = towards(map, start, way);
    hover(map, next, map.screen.x[next], map.screen.y[next]);
  } else return;
  event.preventDefault();
}

function towards(map, start, [wx, wy]) {
  let best = start, least = Infinity;
  for (let i = 0; i < map.screen.x.length; i++) {
    if (i === start || map.faded[i]) continue;
    const dx = map.screen.x[i] - map.screen.x[start], dy = map.screen.y[i] - map.screen.y[start];
    const along = dx * wx + dy * wy;
    if (along <= 0.5) continue;
    const cost = along + 2.5 * Math.abs(dx * wy + dy * wx);
    if (cost < least) [best, least] = [i, cost];
  }
  return best;
}

function zoom(map, factor, x = map.wide / 2, y = map.high / 2) {
  const scale = Math.max(0.6, Math.min(30, map.view.scale * factor));
  const real = scale / map.view.scale;
  map.view.x = (map.view.x - (x - map.wide / 2)) * real + (x - map.wide / 2);
  map.view.y = (map.view.y - (y - map.high / 2)) * real + (y - map.high / 2);
  map.view.scale = scale;
  draw(map);
}

function hover(map, i, x = 0, y = 0) {
  const changed = map.hover !== i;
  map.hover = i;
  map.above.classList.toggle("over", i >= 0);
  map.card.style.display = i >= 0 ? "block" : "none";
  if (changed) over(map);
  if (i < 0) return;
  if (changed) {
    const ink = map.card.querySelector("canvas").getContext("2d");
    if (map.sheet?.naturalWidth) picture(map, ink, i, 0, 0, 320);
    map.card.querySelector("p").textContent = map.data.says[i];
    map.find(".read").textContent = map.data.says[i];
  }
  const left = x + 190 > map.wide ? x - 184 : x + 16;
  map.card.style.left = `${Math.max(4, left)}px`;
  map.card.style.top = `${Math.max(4, Math.min(y - 60, map.high - 250))}px`;
}

function inside(map) {
  const found = [];
  for (let i = 0; i < map.screen.x.length; i++) {
    if (!map.faded[i] && within(map.trail, map.screen.x[i], map.screen.y[i])) found.push(i);
  }
  return found;
}

function within(trail, x, y) {
  let odd = false;
  for (let i = 0, j = trail.length - 1; i < trail.length; j = i++) {
    const [xi, yi] = trail[i], [xj, yj] = trail[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}

function legend(map) {
  const place = map.find(".legend");
  const { title, stops, ends, names } = map.data.legend;
  place.replaceChildren();
  const heading = document.createElement("b");
  heading.textContent = title;
  place.append(heading);
  const add = (kind, parent = place, text = "") => {
    const element = document.createElement("div");
    element.className = kind;
    element.textContent = text;
    parent.append(element);
    return element;
  };
  if (stops.length) {
    add("bar").style.background = `linear-gradient(to right, ${stops.join(",")})`;
    const row = add("ends");
    for (const end of ends) add("", row, end);
  }
  if (!names.length) return;
  const row = add("names");
  for (const [name, colour] of names) {
    const item = add("", row);
    const swatch = document.createElement("i");
    swatch.style.background = colour;
    item.append(swatch, name);
  }
}
