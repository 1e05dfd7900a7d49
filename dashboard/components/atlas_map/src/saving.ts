// The map as it stands, with its legend and a notice, as a PNG to take away.

import { total } from "./columns";
import { inkOf } from "./drawing";
import type { AtlasMap } from "./types";

const LINE = 22; // pixels of a line of words
const NEAR = "Near means alike to the model.";

export function saveMap(map: AtlasMap): void {
  if (!map.screen || !map.colour) return;
  const sheet = document.createElement("canvas"), style = getComputedStyle(map.stage), { title, stops, ends, names, note } = map.colour;
  const head = stops.length ? `${title}: ${ends[0]} (dark) to ${ends[1]} (light)${note && `, ${note}`}` : title;
  const lines: [text: string, colour: string | null][] = [[head, null], ...(stops.length ? [] : names)];
  sheet.width = map.points.width;
  const wide = map.wide, columns = Math.max(1, Math.floor(wide / 180)), words = stops.length ? 1 : 1 + Math.ceil(names.length / columns);
  const ringed = (["a", "b"] as const).map((which) => [which.toUpperCase(), total(map.selections[which])] as const).filter(([, count]) => count);
  const below = [`${map.data.notice}.`, `Run ${map.data.id}: ${map.data.label.split(". ")[0]}.`, NEAR];
  if (ringed.length) below.push(`Ringed: ${ringed.map(([which, count]) => `${which} (${which === "A" ? "orange" : "blue"}), ${count.toLocaleString("en")} pictures`).join("; ")}.`);
  sheet.height = map.points.height + Math.round((words + below.length) * LINE * map.dense);
  const ink = inkOf(sheet);
  ink.fillStyle = style.backgroundColor;
  ink.fillRect(0, 0, sheet.width, sheet.height);
  ink.drawImage(map.points, 0, 0);
  ink.drawImage(map.above, 0, 0);
  ink.setTransform(map.dense, 0, 0, map.dense, 0, 0);
  ink.font = "13px sans-serif";
  const write = (text: string, x: number, y: number): void => {
    ink.fillStyle = style.color;
    ink.fillText(text, x, y);
  };
  lines.forEach(([text, colour], at) => {
    const x = 10 + (at ? ((at - 1) % columns) * 180 : 0), y = map.high + LINE * (at ? 1 + Math.floor((at - 1) / columns) : 0) + 15;
    if (colour) {
      ink.fillStyle = colour;
      ink.fillRect(x, y - 10, 11, 11);
    }
    write(text, x + (colour ? 16 : 0), y);
  });
  below.forEach((text, at) => write(text, 10, map.high + (words + at) * LINE + 15));
  sheet.toBlob((blob) => {
    if (!blob) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${map.data.id}-map.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
}
