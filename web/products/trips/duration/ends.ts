// The two ends of a trip, as the contract names them.

export const ENDS = ["pickup_community_area", "dropoff_community_area"] as const;
export type End = (typeof ENDS)[number];

/** The field that says more exactly where an end lies. */
export const tractOf = (end: End) => end.replace("community_area", "census_tract");

export const otherEnd = (end: End): End => (end === ENDS[0] ? ENDS[1] : ENDS[0]);

/** The clocks that trips in Chicago are planned by. */
export const CHICAGO = "America/Chicago";
