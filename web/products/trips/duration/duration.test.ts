import { describe, expect, it } from "vitest";
import openapi from "@/api/openapi.json";
import schema from "contract:TripDurationRequest";
import english from "@/languages/en.json";
import { fieldsOf } from "@/shared/form/contract";
import { ENDS, tractOf } from "./ends";
import { readTypicalHours } from "./typical-hours";

describe("typical hours", () => {
  it("are read as the API writes them", () => {
    const example = openapi.paths["/trips/duration"].post.responses[200].content["application/json"].example;
    expect(readTypicalHours(example.typical.hours)).toEqual({ isDayOff: false, from: "15:00", to: "19:00" });
    expect(readTypicalHours("weekends and holidays, 20:00 to 08:00")).toEqual({ isDayOff: true, from: "20:00", to: "08:00" });
  });
  it("of another form are left as they are", () => {
    expect(readTypicalHours("Mondays, 15:00 to 19:00")).toBeNull();
  });
});

describe("the form of a trip", () => {
  it("names every field and what reasons speak of", () => {
    const names = [...fieldsOf(schema).map((field) => field.name), "street_km", "typical_duration_min"];
    expect(names.filter((name) => !(name in english.trips.duration.fields))).toEqual([]);
  });
  it("has a control for every field", () => {
    expect(fieldsOf(schema).map((field) => field.name)).toEqual([...ENDS, "trip_start_timestamp", ...ENDS.map(tractOf)]);
  });
});
