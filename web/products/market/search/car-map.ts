// Where the cars of a search stand.
import type { Schemas } from "@/api/web";
import type { Box } from "@/shared/map/plane";
import { RADII } from "./filters";

export type CarMap = Schemas["CarMapAnswer"];
export type CarCell = Schemas["CarCellAnswer"];

const KM_PER_DEGREE = 111.2;
const DIGITS = 4;

/** The box that holds all cells; there is at least one. */
export function boxOf(cells: readonly CarCell[]): Box {
  return {
    south: Math.min(...cells.map(({ south }) => south)),
    west: Math.min(...cells.map(({ west }) => west)),
    north: Math.max(...cells.map(({ north }) => north)),
    east: Math.max(...cells.map(({ east }) => east)),
  };
}

/** The place and the smallest radius on offer that holds all of a cell. */
export function aroundCell({ south, west, north, east }: CarCell): { near: string; radius_km: string } {
  const [latitude, longitude] = [(south + north) / 2, (west + east) / 2];
  const up = ((north - south) / 2) * KM_PER_DEGREE;
  const right = ((east - west) / 2) * KM_PER_DEGREE * Math.cos((latitude * Math.PI) / 180);
  const reach = Math.hypot(up, right);
  const radius = RADII.find((each) => each !== "" && Number(each) >= reach) ?? RADII.at(-1)!;
  return { near: `${latitude.toFixed(DIGITS)}, ${longitude.toFixed(DIGITS)}`, radius_km: radius };
}
