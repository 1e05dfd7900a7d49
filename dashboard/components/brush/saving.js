// Appended to brush.js: the scale bar, the bar of the map's colours, both pictures as one file.

function ruler(ink, { size_px, spacing_mm, bar_mm }) {
  if (!spacing_mm) return;
  const long = bar_mm / spacing_mm * SIDE / size_px, right = SIDE - 20, low = SIDE - 26;
  ink.lineWidth = 2;
  ink.strokeStyle = "#000a";
  ink.strokeRect(right - long, low, long, 6);
  ink.fillStyle = "#fff";
  ink.fillRect(right - long, low, long, 6);
  ink.font = "600 18px sans-serif";
  ink.textAlign = "center";
  ink.textBaseline = "bottom";
  ink.lineWidth = 4;
  ink.strokeText(`${bar_mm} mm`, right - long / 2, low - 4);
  ink.fillText(`${bar_mm} mm`, right - long / 2, low - 4);
}

// from evidence against to evidence for, as strong as on the map, where the picture shines through
function ramp(pen, left, top, width, height) {
  const fade = pen.createLinearGradient(left, 0, left + width, 0);
  const tone = (colour, alpha) => `rgb(${colour.join(" ")} / ${alpha})`;
  [[0, AGAINST, STRONG], [0.5, AGAINST, 0], [0.5, FOR, 0], [1, FOR, STRONG]].forEach(
    ([at, colour, alpha]) => fade.addColorStop(at, tone(colour, alpha)));
  pen.clearRect(left, top, width, height);
  pen.fillStyle = fade;
  pen.fillRect(left, top, width, height);
}

function colours({ data, answer, find }) {
  const box = find(".scale"), canvas = find(".scale canvas");
  box.hidden = !answer.full;
  if (!answer.full) return;
  const [against, low, high, towards] = box.querySelectorAll(":scope > span");
  [against.textContent, towards.textContent] = data.words.ends;
  [low.textContent, high.textContent] = [`-${answer.full}`, answer.full];
  find(".scale em").textContent = data.words.scale;
  ramp(canvas.getContext("2d"), 0, 0, canvas.width, canvas.height);
}

// both pictures as they stand, with what must be read beside them
function save({ data, answer, paint, heat, find }) {
  const [against, towards] = data.words.ends;
  const scale = answer?.full
    ? `Colours from -${answer.full} (purple, ${against}) to ${answer.full} (orange, ${towards}), ${data.words.scale}.`
    : "";
  const said = [
    find(".number").textContent, find(".change").textContent, scale, answer?.made ?? "", data.words.notice,
  ].filter(Boolean);
  const sheet = document.createElement("canvas"), pen = sheet.getContext("2d");
  pen.font = "18px sans-serif";
  const lines = said.flatMap((text) => wrapped(pen, text.trim(), 2 * SIDE));
  [sheet.width, sheet.height] = [2 * SIDE + 16, SIDE + 16 + 24 * lines.length];
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.drawImage(paint, 0, 0);
  pen.drawImage(heat, SIDE + 16, 0);
  pen.fillStyle = "#000";
  pen.font = "18px sans-serif";
  lines.forEach((line, at) => pen.fillText(line, 6, SIDE + 24 * (at + 1)));
  const link = document.createElement("a");
  [link.href, link.download] = [sheet.toDataURL("image/png"), data.file];
  link.click();
}

function wrapped(pen, text, width) {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (pen.measureText(longer).width < width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
