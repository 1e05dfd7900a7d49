// One round picture a patient, to scale: what Python sends once is drawn here; a click is told.

const boards = new WeakMap();
const RING = 3;

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let board = boards.get(parentElement);
  if (!board) {
    board = { root: parentElement.querySelector(".tiles"), id: null, buttons: new Map() };
    board.tip = document.createElement("div");
    board.tip.className = "tip";
    board.root.after(board.tip);
    boards.set(parentElement, board);
  }
  board.tell = (patient) => setTriggerValue("picked", patient);
  if (board.id !== data.id) build(board, data);
  for (const [patient, button] of board.buttons) {
    button.setAttribute("aria-pressed", String(patient === data.chosen));
  }
}

function build(board, data) {
  board.id = data.id;
  board.buttons.clear();
  board.root.replaceChildren();
  const drawings = [];
  for (const group of data.groups) {
    const section = document.createElement("section");
    section.className = "group";
    const title = document.createElement("h2");
    const dot = document.createElement("i");
    dot.style.background = group.colour;
    const quiet = document.createElement("span");
    quiet.textContent = group.says;
    title.append(dot, group.title, quiet);
    const grid = document.createElement("div");
    grid.className = "grid";
    for (const tile of group.tiles) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = tile.seen ? "seen" : "held";
      button.setAttribute("aria-label", tile.says.replaceAll("\n", ", "));
      const canvas = document.createElement("canvas");
      const side = Math.round(tile.side_px) + 2 * RING;
      canvas.width = canvas.height = 2 * side;
      canvas.style.width = canvas.style.height = `${side}px`;
      button.append(canvas);
      button.addEventListener("click", () => board.tell(tile.patient));
      button.addEventListener("pointerenter", (event) => show(board, tile, event));
      button.addEventListener("pointerleave", () => (board.tip.style.display = "none"));
      grid.append(button);
      board.buttons.set(tile.patient, button);
      drawings.push([canvas, tile, group.colour]);
    }
    section.append(title, grid);
    board.root.append(section);
  }
  const sheet = new Image();
  sheet.onload = () => drawings.forEach(([canvas, tile, colour]) => draw(canvas, tile, colour, sheet, data));
  sheet.src = data.sheet;
}

function draw(canvas, tile, colour, sheet, data) {
  const ink = canvas.getContext("2d");
  const middle = canvas.width / 2;
  const radius = middle - 2 * RING + 1;
  const x = (tile.at % data.columns) * data.size_px;
  const y = Math.floor(tile.at / data.columns) * data.size_px;
  const cut = Math.min(data.size_px, tile.cut_px);
  const inset = (data.size_px - cut) / 2;
  ink.save();
  ink.beginPath();
  ink.arc(middle, middle, radius, 0, 2 * Math.PI);
  ink.clip();
  ink.imageSmoothingQuality = "high";
  ink.drawImage(sheet, x + inset, y + inset, cut, cut, middle - radius, middle - radius, 2 * radius, 2 * radius);
  ink.restore();
  ink.beginPath();
  ink.arc(middle, middle, radius + RING - 1, 0, 2 * Math.PI);
  ink.lineWidth = 2 * RING - 1;
  ink.strokeStyle = colour;
  ink.stroke();
}

function show(board, tile, event) {
  const box = event.currentTarget.getBoundingClientRect();
  board.tip.textContent = tile.says;
  board.tip.style.display = "block";
  board.tip.style.left = `${Math.min(box.left, window.innerWidth - 230)}px`;
  board.tip.style.top = `${box.bottom + 6}px`;
}
