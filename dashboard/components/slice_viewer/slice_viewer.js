// A patient's slices with numbered outlines. Window and level, the slice and the pointer stay in
// the browser; Python hears only which lesion was clicked.

const viewers = new WeakMap();
const SVG = "http://www.w3.org/2000/svg";
const PLAIN = "#FFD166", CHOSEN = "#FF7A1A", HALO = "rgba(0,0,0,.75)";

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let viewer = viewers.get(parentElement);
  if (!viewer) {
    viewer = build(parentElement.querySelector(".viewer"));
    viewers.set(parentElement, viewer);
  }
  viewer.tell = (node) => setTriggerValue("picked", node);
  const patientChanged = viewer.data?.id !== data.id;
  const nodeChanged = viewer.data?.chosen !== data.chosen;
  viewer.data = data;
  if (patientChanged) viewer.grey = null;
  if (patientChanged) viewer.images = data.slices.map((slice) => load(viewer, slice.picture));
  if (patientChanged || nodeChanged) viewer.at = Math.max(0, data.start);
  viewer.at = Math.min(viewer.at, data.slices.length - 1);
  const range = viewer.find("[name=slice]");
  range.max = data.slices.length - 1;
  viewer.find(".slices").style.display = data.slices.length > 1 ? "" : "none";
  draw(viewer);
}

function build(root) {
  const viewer = { root, find: (selector) => root.querySelector(selector), at: 0, images: [] };
  viewer.canvas = viewer.find("canvas");
  viewer.svg = viewer.find("svg");
  const setGrey = (window, level) => {
    viewer.find("[name=window]").value = window;
    viewer.find("[name=level]").value = level;
  };
  viewer.usual = () => setGrey(...(viewer.grey ?? [255, 128]));
  viewer.usual();
  viewer.find("[name=slice]").addEventListener("input", (event) => go(viewer, Number(event.target.value)));
  for (const name of ["window", "level", "outlines"]) {
    viewer.find(`[name=${name}]`).addEventListener("input", () => draw(viewer));
  }
  viewer.find("[name=reset]").addEventListener("click", () => {
    viewer.usual();
    viewer.find("[name=outlines]").checked = true;
    viewer.at = Math.max(0, viewer.data.start);
    draw(viewer);
  });
  let from = null;
  viewer.canvas.addEventListener("pointerdown", (event) => {
    from = { x: event.clientX, y: event.clientY, ...greyOf(viewer) };
    viewer.canvas.setPointerCapture(event.pointerId);
  });
  viewer.canvas.addEventListener("pointermove", (event) => {
    if (!from) return;
    setGrey(from.window + 0.7 * (event.clientX - from.x), from.level - 0.5 * (event.clientY - from.y));
    draw(viewer);
  });
  for (const end of ["pointerup", "pointercancel"]) viewer.canvas.addEventListener(end, () => (from = null));
  viewer.canvas.addEventListener("wheel", (event) => {
    if (viewer.data.slices.length < 2 || !event.deltaY) return;
    event.preventDefault();
    go(viewer, viewer.at + Math.sign(event.deltaY));
  }, { passive: false });
  viewer.canvas.addEventListener("keydown", (event) => {
    const step = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    go(viewer, viewer.at + step);
  });
  return viewer;
}

function go(viewer, at) {
  viewer.at = Math.max(0, Math.min(viewer.data.slices.length - 1, at));
  draw(viewer);
}

function load(viewer, source) {
  const image = new Image();
  image.onload = () => {
    if (viewer.images.every((one) => one.complete && one.naturalWidth)) {
      viewer.grey = usualGrey(viewer.images);
      viewer.usual();
    }
    draw(viewer);
  };
  image.src = source;
  return image;
}

function usualGrey(images) {
  // the window that holds 99 % of a patient's greys over all slices, as a viewer's automatic one
  const small = new OffscreenCanvas(48, 48);
  const pen = small.getContext("2d", { willReadFrequently: true });
  const greys = [];
  for (const image of images) {
    pen.drawImage(image, 0, 0, 48, 48);
    const { data } = pen.getImageData(0, 0, 48, 48);
    for (let i = 0; i < data.length; i += 4) greys.push(data[i]);
  }
  greys.sort((a, b) => a - b);
  const low = greys[Math.floor(0.005 * greys.length)], high = greys[Math.floor(0.995 * greys.length)];
  return [Math.max(40, high - low), Math.round((high + low) / 2)];
}

function greyOf(viewer) {
  return { window: Number(viewer.find("[name=window]").value), level: Number(viewer.find("[name=level]").value) };
}

function draw(viewer) {
  const slice = viewer.data.slices[viewer.at];
  const image = viewer.images[viewer.at];
  viewer.find("[name=slice]").value = viewer.at;
  viewer.find(".slices output").textContent = `${viewer.at + 1} of the ${viewer.data.slices.length} with ${viewer.data.lesions}`;
  const { window, level } = greyOf(viewer);
  viewer.find("[name=window]").nextElementSibling.textContent = String(window);
  viewer.find("[name=level]").nextElementSibling.textContent = String(level);
  viewer.canvas.setAttribute("aria-label", `${viewer.data.says} ${slice.says}`);
  if (!image?.complete || !image.naturalWidth) return;
  paint(viewer, image, slice, window, level);
  mark(viewer, slice, image);
}

function paint(viewer, image, slice, window, level) {
  const wide = image.naturalWidth, high = image.naturalHeight;
  const [rowMm, columnMm] = slice.spacing_mm;
  const small = new OffscreenCanvas(wide, high);
  const pen = small.getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, 0, 0);
  const pixels = pen.getImageData(0, 0, wide, high);
  const table = new Uint8ClampedArray(256);
  for (let value = 0; value < 256; value++) table[value] = 255 * ((value - level) / window + 0.5);
  for (let i = 0; i < pixels.data.length; i += 4) {
    pixels.data[i] = pixels.data[i + 1] = pixels.data[i + 2] = table[pixels.data[i]];
  }
  pen.putImageData(pixels, 0, 0);
  viewer.canvas.width = 1200;
  viewer.canvas.height = Math.round((1200 * high * rowMm) / (wide * columnMm));
  const ink = viewer.canvas.getContext("2d");
  ink.imageSmoothingQuality = "high";
  ink.drawImage(small, 0, 0, viewer.canvas.width, viewer.canvas.height);
}

function mark(viewer, slice, image) {
  const wide = 100, high = (100 * image.naturalHeight * slice.spacing_mm[0]) / (image.naturalWidth * slice.spacing_mm[1]);
  viewer.svg.setAttribute("viewBox", `0 0 ${wide} ${high}`);
  viewer.svg.replaceChildren();
  viewer.find(".where").textContent = slice.says;
  const x = (column) => (wide * (column + 0.5)) / image.naturalWidth;
  const y = (row) => (high * (row + 0.5)) / image.naturalHeight;
  if (viewer.find("[name=outlines]").checked) {
    for (const outline of slice.outlines) draw_outline(viewer, outline, x, y);
  }
  if (!viewer.data.sides_known) return;
  text(viewer.svg, "R", 2.4, high / 2, 4);
  text(viewer.svg, "L", wide - 2.4, high / 2, 4);
  text(viewer.svg, "A", wide / 2, 3, 4);
  text(viewer.svg, "P", wide / 2, high - 3, 4);
  const barMm = image.naturalWidth * slice.spacing_mm[1] < 60 ? 5 : viewer.data.bar_mm;
  const bar = (wide * barMm) / (image.naturalWidth * slice.spacing_mm[1]);
  const rect = add(viewer.svg, "rect", { x: wide - 3 - bar, y: high - 4, width: bar, height: 0.8, fill: "#fff" });
  rect.style.filter = "drop-shadow(0 0 1px #000)";
  text(viewer.svg, `${barMm} mm`, wide - 3 - bar / 2, high - 6.4, 3);
}

function draw_outline(viewer, outline, x, y) {
  const chosen = outline.node === viewer.data.chosen;
  const colour = chosen ? CHOSEN : PLAIN;
  const group = add(viewer.svg, "g", { class: "node" });
  let right = -1, top = 1e9;
  for (const points of outline.points) {
    const path = points.map(([row, column]) => `${x(column).toFixed(2)} ${y(row).toFixed(2)}`).join("L");
    const common = { d: `M${path}Z`, "stroke-linejoin": "round" };
    add(group, "path", { ...common, fill: "transparent", stroke: HALO, "stroke-width": chosen ? 0.85 : 0.55 });
    add(group, "path", { ...common, fill: "none", stroke: colour, "stroke-width": chosen ? 0.45 : 0.28 });
    for (const [row, column] of points) {
      right = Math.max(right, x(column));
      top = Math.min(top, y(row));
    }
  }
  const label = text(group, String(outline.node), right + 1.6, top - 0.6, chosen ? 3.6 : 2.9);
  label.setAttribute("fill", colour);
  group.addEventListener("click", () => viewer.tell(outline.node));
  add(group, "title", {}).textContent = outline.says;
}

function add(parent, name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

function text(parent, content, x, y, size) {
  const element = add(parent, "text", {
    x, y, "font-size": size, fill: "#fff", stroke: HALO, "stroke-width": size / 6, "paint-order": "stroke",
    "text-anchor": "middle", "dominant-baseline": "central", "font-weight": 600,
  });
  element.textContent = content;
  return element;
}
