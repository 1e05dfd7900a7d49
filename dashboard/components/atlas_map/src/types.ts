// What the map is made of: what Python sends, what the routes answer, and what is kept between.

/** A place on the screen in CSS pixels, or on the map, where points lie within -1.15 to 1.15. */
export type Place = [number, number];

/** A set of rows, 1 or 0 each; null holds none. */
export type Rows = Uint8Array | null;

export type Which = "a" | "b";
export type Mode = "move" | "lasso" | "box";
export type Switch = "pins" | "between" | "threads";
export type Selections = Record<Which, Rows>;

/** Where columns and pictures are found, relative to the app's root (`Links` in Python). */
export interface Links {
  rows: string;
  near: string;
  lines: string;
  places: string;
  colours: string;
  pictures: string;
  grid: string;
  forming: string;
  between: string;
}

/** A placed node that is no point of the map, and how sure its place is, in the map's units. */
export interface Halo {
  x: number;
  y: number;
  reach: number;
}

/** A group's name, and its typical patch, beside which it stands. */
export interface GroupName {
  row: number;
  name: string;
}

/** What one run of the script says. */
export interface Data {
  id: string;
  label: string;
  links: Links;
  size_px: number;
  part_rows: number;
  part_columns: number;
  grid_side: number;
  split: string;
  chosen: number;
  a: string;
  b: string;
  stamp: number;
  halos: Halo[];
  names: GroupName[];
  nearest_in: string;
  notice: string;
  view: string;
}

/** What Python is told of a finished gesture; both sets as base64 of one bit a row. */
export interface Selected {
  a: string;
  b: string;
  gesture: boolean;
}

/** What Streamlit hands to a component, as far as this one looks. */
export interface Component {
  data: Data;
  parentElement: HTMLElement | ShadowRoot;
  setTriggerValue(name: "picked", row: number): void;
  setTriggerValue(name: "selected", sent: Selected): void;
  setTriggerValue(name: "viewed", word: string): void;
}

/** Whose patch, which lesion, how large, which label and split; neighbours where they come along. */
export interface RowsPack {
  patients: string[];
  lesion: string;
  origins: string[];
  splits: string[];
  patient: Uint32Array;
  node: Uint16Array;
  size: Float32Array;
  label: Uint8Array;
  split: Uint8Array;
  near?: Uint32Array;
}

/** Where each patch lies, how far neighbours usually are, and where the map is torn. */
export interface PlacesPack {
  usual: number;
  x: Float32Array;
  y: Float32Array;
  z?: Float32Array;
  torn?: Float32Array;
}

/** Every patch's colour, three bytes each, its number or name, and the legend. */
export interface ColoursPack {
  title: string;
  stops: string[];
  ends: [string, string];
  names: [name: string, colour: string][];
  note: string;
  rgb: Uint8Array;
  number: Float32Array;
  named: Uint8Array | Uint16Array | Uint32Array;
}

/** Places of the key slices at moments of training, moment after moment. */
export interface FormingPack {
  epochs: number[];
  there: number[];
  rows: Uint32Array;
  x: Float32Array;
  y: Float32Array;
}

export interface Packs {
  rows: RowsPack;
  places: PlacesPack;
  colours: ColoursPack;
  forming: FormingPack;
}

/** Coordinates axis by axis; the third is null where the map is flat. */
export type Axes = [Float32Array, Float32Array, Float32Array | null];

/** Where each point is on the screen; depth only where the map has three dimensions. */
export interface Screen {
  x: Float32Array;
  y: Float32Array;
  depth: Float32Array | null;
}

export interface View {
  scale: number;
  x: number;
  y: number;
  yaw: number;
  pitch: number;
}

/** The server's picture of one place: error and spread over the usual, then 8-bit grey. */
export interface Exact {
  error: number;
  torn: number;
  grey: Uint8Array;
}

/** What is to be drawn: a patch by its row, or with row -1 a place between them. */
export interface Asked {
  row: number;
  x: number;
  y: number;
  gap: number;
  exact: Exact | null;
}

/** The newest exact picture, and where on which map it was drawn. */
export interface Last {
  x: number;
  y: number;
  link: string;
  grey: Uint8Array;
}

/** The last drawing of every point, and the view it was drawn for: what a pan moves meanwhile. */
export interface Still {
  canvas: HTMLCanvasElement;
  view: View;
  pinned: Pinned;
}

/** Where pictures are pinned on the screen, by their middles, and their side. */
export interface Pinned {
  at: Place[];
  side: number;
}

/** A walk over true neighbours: whose they are, which is visited, where it stands, and its number in words. */
export interface Walk {
  from: number;
  step: number;
  now: number;
  number: string;
}

export interface AtlasMap {
  readonly root: HTMLElement;
  readonly find: <Found extends HTMLElement = HTMLElement>(selector: string) => Found;
  readonly stage: HTMLElement;
  readonly points: HTMLCanvasElement;
  readonly above: HTMLCanvasElement;
  readonly card: HTMLElement;
  readonly watch: ResizeObserver;
  pick: (row: number) => void;
  tell: (sent: Selected) => void;
  link: (word: string) => void;

  data: Data;
  from: Partial<Record<keyof Packs, string | null>>;
  stamp: number;
  rows: RowsPack | null;
  xyz: Axes | null;
  home: Axes | null;
  usual: number;
  tears: Float32Array | null;
  colour: ColoursPack | null;
  muted: Uint8Array | null;
  readonly solo: Set<number>;
  readonly parts: Map<number, HTMLImageElement>;
  near: Map<number, Uint32Array | null>;
  nearLater: number | undefined;

  mode: Mode;
  which: Which;
  pins: boolean;
  between: boolean;
  threads: boolean;
  selections: Selections;
  past: Selections[];
  future: Selections[];
  asked: number;

  view: View;
  linked: string;
  wide: number;
  high: number;
  dense: number;
  across: number;
  down: number;
  screen: Screen | null;
  image: ImageData | null;
  waiting: boolean;
  whole: boolean;
  wholeMs: number;
  shown: View;
  still: Still | null;
  resting: number | undefined;
  moving: FrameRequestCallback | null;
  pinned: Pinned;
  hover: number;
  trail: Place[] | null;
  walk: Walk | null;

  formed: FormingPack | null;
  moment: number;
  playing: object | null;

  place: Asked | null;
  grid: HTMLImageElement | null;
  gridFrom: string | null;
  exact: HTMLCanvasElement | null;
  last: Last | null;
  readonly own: Map<number, Exact>;
  socket: WebSocket | null;
  refused: boolean;
  asking: Asked | null;
  number: number;
  sent: number;
  later: number | undefined;
}

/** A map whose columns are there and that was drawn. */
export interface Laid extends AtlasMap {
  rows: RowsPack;
  xyz: Axes;
  colour: ColoursPack;
  muted: Uint8Array;
  screen: Screen;
}

export function isLaid(map: AtlasMap): map is Laid {
  return Boolean(map.rows && map.xyz && map.colour && map.muted && map.screen);
}
