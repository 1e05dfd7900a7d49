// Appended to brush.js: the scale bar, and both pictures as one file.

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

// both pictures as they stand, with what must be read beside them
function save({ data, answer, paint, heat, find }) {
  const said = [find(".number").textContent, find(".change").textContent, answer?.made ?? "", data.words.notice];
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
