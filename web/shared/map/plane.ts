// The plane on which a small part of the earth is drawn: degrees of longitude are shortened by one cosine.

export interface Box {
  south: number;
  west: number;
  north: number;
  east: number;
}

export interface Plane {
  width: number;
  height: number;
  /** A place in units of the drawing. */
  project: (latitude: number, longitude: number) => readonly [x: number, y: number];
}

/** Units of the drawing along its longer side. */
const LONGEST = 1000;
/** So much is added on each side, in shares of it: who stands at the edge is seen whole. */
const MARGIN = 0.03;
/** About 500 m: a single point has a place around it. */
const SMALLEST_DEGREES = 0.005;
const KM_PER_DEGREE = 111.2;

/** A box with some room around it. */
export function padded({ south, west, north, east }: Box): Box {
  const [latitude, high] = [(south + north) / 2, Math.max(north - south, SMALLEST_DEGREES) * (0.5 + MARGIN)];
  const [longitude, wide] = [(west + east) / 2, Math.max(east - west, SMALLEST_DEGREES) * (0.5 + MARGIN)];
  return {
    south: Math.max(-90, latitude - high),
    west: Math.max(-180, longitude - wide),
    north: Math.min(90, latitude + high),
    east: Math.min(180, longitude + wide),
  };
}

export function planeOf({ south, west, north, east }: Box): Plane {
  const shrink = Math.cos(((south + north) / 2) * (Math.PI / 180));
  const scale = LONGEST / Math.max(north - south, (east - west) * shrink);
  return {
    width: (east - west) * shrink * scale,
    height: (north - south) * scale,
    project: (latitude, longitude) => [(longitude - west) * shrink * scale, (north - latitude) * scale],
  };
}

/** The length of a bar for the scale of the map: 1, 2 or 5 times a power of ten of kilometres, at most a quarter of its width. */
export function scaleBar(box: Box): { km: number; share: number } {
  const km = (box.east - box.west) * Math.cos(((box.south + box.north) / 2) * (Math.PI / 180)) * KM_PER_DEGREE;
  const power = 10 ** Math.floor(Math.log10(km / 4));
  const bar = [5, 2, 1].map((step) => step * power).find((length) => length <= km / 4)!;
  return { km: Number(bar.toPrecision(1)), share: bar / km };
}

/** A box as the API's `bbox`. */
export const bboxOf = ({ south, west, north, east }: Box): string => [south, west, north, east].map((degrees) => degrees.toFixed(5)).join(",");

export const overlaps = (a: Box, b: Box): boolean => a.south < b.north && b.south < a.north && a.west < b.east && b.west < a.east;

interface Features {
  features: readonly { geometry: { coordinates: readonly (readonly (readonly number[])[])[] } }[];
}

/** The outlines of areas as one SVG path. */
export function outlineOf({ features }: Features, { project }: Plane): string {
  const point = ([longitude, latitude]: readonly number[]) =>
    project(latitude!, longitude!)
      .map((units) => units.toFixed(1))
      .join(" ");
  return features.flatMap(({ geometry }) => geometry.coordinates.map((ring) => `M${ring.map(point).join("L")}Z`)).join("");
}
