// A row of patches from one sheet, each a button: one message, one picture, any number of places.

const rows = new WeakMap();
const SIDE = 320;
const AMBER = "#FFD166";

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let row = rows.get(parentElement);
  if (!row) {
    row = { root: parentElement.querySelector(".row"), id: null, buttons: [] };
    rows.set(parentElement, row);
  }
  row.tell = (picked) => setTriggerValue("picked", picked);
  if (row.id !== data.id) build(row, data);
  for (const [number, button] of row.buttons) {
    button.setAttribute("aria-pressed", String(number === data.chosen));
  }
}

function build(row, data) {
  row.id = data.id;
  row.buttons = [];
  row.root.replaceChildren();
  row.root.style.gridTemplateColumns = `repeat(auto-fill, minmax(${data.width_rem}rem, 1fr))`;
  const canvases = [];
  for (const item of data.items) {
    const button = document.createElement("button");
    button.type = "button";
    if (item.says) button.setAttribute("aria-label", item.says);
    const frame = document.createElement("div");
    frame.className = "frame";
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE;
    frame.append(canvas);
    if (item.colour) {
      const dot = document.createElement("div");
      dot.className = "dot";
      dot.style.background = item.colour;
      frame.append(dot);
    }
    const caption = document.createElement("p");
    const title = document.createElement("b");
    title.textContent = item.title;
    if (item.title) caption.append(title);
    for (const line of item.lines) {
      const quiet = document.createElement("span");
      quiet.textContent = line;
      caption.append(quiet);
    }
    button.append(frame, caption);
    button.addEventListener("click", () => row.tell(item.row));
    row.root.append(button);
    row.buttons.push([item.row, button]);
    canvases.push([canvas, item]);
  }
  const sheet = new Image();
  sheet.onload = () => canvases.forEach(([canvas, item]) => draw(canvas, item, sheet, data));
  sheet.src = data.sheet;
}

function draw(canvas, item, sheet, data) {
  const side = data.size_px;
  const ink = canvas.getContext("2d");
  ink.imageSmoothingQuality = "high";
  const x = (item.at % data.columns) * side, y = Math.floor(item.at / data.columns) * side;
  // half a pixel in from each edge, or the neighbouring picture shines through
  ink.drawImage(sheet, x + 0.5, y + 0.5, side - 1, side - 1, 0, 0, SIDE, SIDE);
  if (!item.outline) return;
  ink.setTransform(SIDE / side, 0, 0, SIDE / side, 0, 0);
  ink.lineWidth = 0.42;
  ink.strokeStyle = AMBER;
  ink.stroke(new Path2D(item.outline));
  ink.setTransform(1, 0, 0, 1, 0, 0);
}
