// A car on offer in the form of resale's page "Used-car value", which rates its price. What that form does not know is left empty.
import { converted, type Car } from "./car";

const BHP_PER_KW = 1.34102;
const OWNERS = ["", "first", "second", "third"];
const FUELS: Record<string, string> = { plug_in_hybrid: "hybrid" };
const DRIVES_IN_INDIA: Record<string, string> = { front: "fwd", rear: "rwd", all: "awd" };
const BODIES_IN_AUSTRALIA: Record<string, string> = { pickup: "ute", van: "commercial" };

type Entry = string | number | null;

const wordOf = (words: Record<string, string>, word: string | null): Entry => (word === null ? null : (words[word] ?? word));
const distanceIn = (car: Car, unit: "km" | "miles") => Math.round(converted(car.distance, car.distance_unit, unit));

/** The fields of the forms by market, each with what a car says of it. */
export const FORMS: Record<"uk" | "au" | "in", (car: Car) => Record<string, Entry>> = {
  uk: (car) => ({
    make: car.make,
    model: car.model,
    year: car.year,
    mileage_miles: distanceIn(car, "miles"),
    fuel: wordOf({ ...FUELS, lpg: "other", cng: "other", hydrogen: "other" }, car.fuel),
    transmission: wordOf({ semi_automatic: "semi_auto" }, car.gearbox),
    engine_size_l: car.engine_size_l,
    mpg: null,
    tax_gbp: null,
  }),
  au: (car) => ({
    make: car.make,
    model: car.model,
    year: car.year,
    mileage_km: distanceIn(car, "km"),
    fuel: wordOf({ ...FUELS, cng: "other", hydrogen: "other" }, car.fuel),
    transmission: wordOf({ semi_automatic: "", other: "" }, car.gearbox),
    engine_size_l: car.engine_size_l,
    variant: car.variant,
    cylinders: null,
    drive: wordOf({ all: "awd" }, car.drive),
    fuel_l_per_100km: null,
    body: wordOf(BODIES_IN_AUSTRALIA, car.body),
    doors: car.doors,
    seats: car.seats,
    condition: null,
  }),
  in: (car) => ({
    make: car.make,
    model: car.model,
    year: car.year,
    mileage_km: distanceIn(car, "km"),
    fuel: wordOf({ ...FUELS, hydrogen: "", other: "" }, car.fuel),
    transmission: wordOf({ semi_automatic: "", other: "" }, car.gearbox),
    engine_size_l: car.engine_size_l,
    power_bhp: car.power_kw === null ? null : Math.round(car.power_kw * BHP_PER_KW),
    torque_nm: null,
    drive: wordOf(DRIVES_IN_INDIA, car.drive),
    owner: car.owners === null ? null : (OWNERS[car.owners] ?? "fourth_or_more"),
    seats: car.seats,
    length_mm: null,
    width_mm: null,
    tank_l: null,
  }),
};

const MARKETS: Record<string, keyof typeof FORMS> = { GBP: "uk", AUD: "au", INR: "in" };

/** The market whose model knows prices in the currency of a car; null for none. */
export const marketOf = ({ currency }: Pick<Car, "currency">): keyof typeof FORMS | null => MARKETS[currency] ?? null;

/** The query of the page that says whether the price is fair; null where no market has the currency. */
export function worthQuery(car: Car): Record<string, string> | null {
  const market = marketOf(car);
  if (market === null) return null;
  const entries = Object.entries({ ...FORMS[market](car), asking_price: car.price }).map(([name, entry]) => [name, String(entry ?? "")]);
  return { market, ...Object.fromEntries(entries) };
}

/** The body that asks for the value curves of a car; null where no model knows prices in its currency. */
export function curveBody(car: Car): Record<string, string | number> | null {
  const market = marketOf(car);
  if (market === null) return null;
  const entries = Object.entries(FORMS[market](car)).filter((entry): entry is [string, string | number] => entry[1] !== null && entry[1] !== "");
  return Object.fromEntries(entries);
}
