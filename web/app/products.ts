// The one list of products, in the order of the navigation.
import { accounts } from "@/products/accounts/product";
import { administration } from "@/products/administration/product";
import { decisions } from "@/products/decisions/product";
import { dispatch } from "@/products/dispatch/product";
import { market } from "@/products/market/product";
import { models } from "@/products/models/product";
import { rental } from "@/products/rental/product";
import { resale } from "@/products/resale/product";
import { trips } from "@/products/trips/product";
import type { Product } from "./product";

export const PRODUCTS: readonly Product[] = [rental, resale, trips, dispatch, market, models, decisions, administration, accounts];
