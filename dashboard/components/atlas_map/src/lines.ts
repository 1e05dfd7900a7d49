// What A and B hold, in a line each beneath the map: asked of our own route, so that it is read
// before the page behind, which is told next, has drawn anything.

import { packed } from "./columns";
import type { AtlasMap, Which } from "./types";

const PATIENCE_MS = 250; // a busy server: the page is told without waiting longer

type Lines = Record<Which, string>;

/** Ask what both selections hold; resolves once the lines stand there, or too late to wait for. */
export async function tellLines(map: AtlasMap): Promise<void> {
  const { a, b } = map.selections, number = ++map.asked;
  if (!a && !b) return write(map, { a: "", b: "" });
  const found = ask(map).then((lines) => { if (number === map.asked) write(map, lines); });
  await Promise.race([found, new Promise((done) => setTimeout(done, PATIENCE_MS))]);
}

async function ask(map: AtlasMap): Promise<Lines> {
  try {
    const count = map.rows?.label.length ?? 0, { a, b } = map.selections;
    const answer = await fetch(new URL(map.data.links.lines, document.baseURI), {
      method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: new Blob([packed(a, count), packed(b, count)]),
    });
    if (answer.ok) return await answer.json() as Lines;
  } catch { /* the server is gone; the page says so itself */ }
  return { a: "", b: "" };
}

function write(map: AtlasMap, lines: Lines): void {
  for (const which of ["a", "b"] as const) {
    const line = map.find(`.lines .of-${which}`);
    line.hidden = !lines[which];
    map.find(`.lines .of-${which} span`).textContent = lines[which];
  }
}
