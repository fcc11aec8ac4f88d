// Chicago's community areas as shapes of a drawing, and which one lies beside which.

/** A ring of positions in degrees: longitude, latitude. */
type Ring = readonly (readonly number[])[];

export interface AreaFeatures {
  features: readonly { properties: { n: number; name: string }; geometry: { coordinates: readonly Ring[] } }[];
}

export interface Area {
  /** 1 to 77, the City's number. */
  number: number;
  name: string;
  /** The `d` of an SVG path, in units of the drawing. */
  path: string;
  /** Centre of its surface, in units of the drawing. */
  x: number;
  y: number;
}

export interface AreaDrawing {
  width: number;
  height: number;
  /** By number. */
  areas: readonly Area[];
}

/** Units of the drawing from its northern to its southern end. */
const HEIGHT = 1000;
const MARGIN = 6;

/**
 * Draws the areas on a plane that touches the city. A degree of longitude is shorter than one of latitude by the cosine
 * of the latitude; over 40 km nothing else of the earth's form is seen.
 */
export function drawAreas({ features }: AreaFeatures): AreaDrawing {
  const positions = features.flatMap(({ geometry }) => geometry.coordinates.flat());
  const [west, east] = ends(positions.map(([longitude]) => longitude!));
  const [south, north] = ends(positions.map(([, latitude]) => latitude!));
  const shrink = Math.cos(((south + north) / 2) * (Math.PI / 180));
  const scale = (HEIGHT - 2 * MARGIN) / (north - south);
  const project = ([longitude, latitude]: readonly number[]) => [MARGIN + (longitude! - west) * shrink * scale, MARGIN + (north - latitude!) * scale] as const;

  const areas = features.map(({ properties, geometry }) => {
    const rings = geometry.coordinates.map((ring) => ring.map(project));
    const path = rings.map((ring) => `M${ring.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}Z`).join("");
    return { number: properties.n, name: properties.name, path, ...centreOf(rings[0]!) };
  });
  return { width: 2 * MARGIN + (east - west) * shrink * scale, height: HEIGHT, areas: areas.sort((a, b) => a.number - b.number) };
}

function ends(values: readonly number[]): [low: number, high: number] {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}

/** The centroid of a ring's surface (shoelace formula). */
function centreOf(ring: readonly (readonly [number, number])[]): { x: number; y: number } {
  let [surface, x, y] = [0, 0, 0];
  ring.forEach(([x1, y1], index) => {
    const [x2, y2] = ring[(index + 1) % ring.length]!;
    const cross = x1 * y2 - x2 * y1;
    surface += cross;
    x += (x1 + x2) * cross;
    y += (y1 + y2) * cross;
  });
  return { x: x / (3 * surface), y: y / (3 * surface) };
}

const DIRECTIONS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] } as const;
export type ArrowKey = keyof typeof DIRECTIONS;
export const isArrowKey = (key: string): key is ArrowKey => key in DIRECTIONS;

/** The area that an arrow key leads to: the nearest one in that direction, where sideways counts twice; the same one at the edge. */
export function areaBeside(areas: readonly Area[], from: number, key: ArrowKey): number {
  const start = areas.find((area) => area.number === from);
  if (!start) return from;
  const [dx, dy] = DIRECTIONS[key];
  const reach = areas.flatMap((area) => {
    const ahead = (area.x - start.x) * dx + (area.y - start.y) * dy;
    const aside = Math.abs((area.x - start.x) * dy) + Math.abs((area.y - start.y) * dx);
    return ahead > aside / 2 && ahead > 0 ? [{ number: area.number, distance: ahead + 2 * aside }] : [];
  });
  return reach.sort((a, b) => a.distance - b.distance)[0]?.number ?? from;
}
