// The markets of used cars. Each has its own fields and currency, because a price means something within a market only.
import auDeal from "contract:AuUsedCarDealRequest";
import auOutlook from "contract:AuUsedCarOutlookRequest";
import inDeal from "contract:InUsedCarDealRequest";
import inOutlook from "contract:InUsedCarOutlookRequest";
import ukDeal from "contract:UkUsedCarDealRequest";
import ukOutlook from "contract:UkUsedCarOutlookRequest";
import type { ContractSchema } from "@/shared/form/contract";
import type { Body } from "../valuation/queries";

export const MARKET_NAMES = ["uk", "au", "in"] as const;
export type MarketName = (typeof MARKET_NAMES)[number];

export interface Market {
  name: MarketName;
  model: string;
  /** Everything that the page asks for: the car, its asking price and how it will be driven. Only the car is needed. */
  form: ContractSchema;
  /** Names of the fields of the car. */
  car: readonly string[];
  /** Names of the further fields of an outlook. */
  plan: readonly string[];
  /** Name of the field of the distance driven so far. */
  distance: "mileage_miles" | "mileage_km";
}

function market(name: MarketName, model: string, deal: ContractSchema, outlook: ContractSchema): Market {
  const { asking_price: asking, ...car } = deal.properties;
  if (!asking) throw new Error(`the contract of a deal in ${name} has no asking price`);
  return {
    name,
    model,
    // an asking price of ours would look like the seller's: the form begins without one
    form: { ...outlook, properties: { ...outlook.properties, asking_price: { ...asking, examples: [] } } },
    car: Object.keys(car),
    plan: Object.keys(outlook.properties).filter((field) => !(field in car)),
    distance: "mileage_miles" in car ? "mileage_miles" : "mileage_km",
  };
}

export const MARKETS: Readonly<Record<MarketName, Market>> = {
  uk: market("uk", "used-car-price", ukDeal, ukOutlook),
  au: market("au", "used-car-price-au", auDeal, auOutlook),
  in: market("in", "used-car-price-in", inDeal, inOutlook),
};

/** The fields of a body that a route accepts; null stays null. */
export function only(body: Body | null, names: readonly string[]): Body | null {
  return body === null ? null : Object.fromEntries(Object.entries(body).filter(([name]) => names.includes(name)));
}
