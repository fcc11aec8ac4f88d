// The two ends of a trip, as the contract names them.

export const ENDS = ["pickup_community_area", "dropoff_community_area"] as const;
export type End = (typeof ENDS)[number];

export const otherEnd = (end: End): End => (end === ENDS[0] ? ENDS[1] : ENDS[0]);

/** The clocks that trips in Chicago are planned by. */
export const CHICAGO = "America/Chicago";
