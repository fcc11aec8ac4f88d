// @vitest-environment happy-dom
import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { mount } from "@vue/test-utils";
import { expect, it } from "vitest";
import { i18n } from "@/app/i18n";
import DispatchMap from "./DispatchMap.vue";
import type { Cell, Driver, WaitingRider } from "./queries";

const NEW_YORK = { south: 40.5, west: -74.3, north: 41, east: -73.6 };
const driver = (driver_id: string, status: Driver["status"], is_fresh = true): Driver => ({ driver_id, latitude: 40.7, longitude: -74, status, vehicle: null, age_s: 1, is_fresh });
const rider = (request_id: string, state: WaitingRider["state"], latitude: number | null = 40.7): WaitingRider => ({
  request_id,
  rider_id: "r",
  state,
  driver_id: null,
  requested_at: "2026-05-01T09:30:00Z",
  waited_s: 3,
  latitude,
  longitude: latitude === null ? null : -74,
});
const shown = (drivers: Driver[], riders: WaitingRider[], cells: Cell[] = []) => {
  const plugins = [i18n as never, [VueQueryPlugin, { queryClient: new QueryClient() }] as never];
  const map = mount(DispatchMap, { props: { box: NEW_YORK, drivers, cells, riders }, global: { plugins } }).get("svg[role=img]");
  const titles = (selector: string) => map.findAll(`${selector} title`).map((title) => title.text());
  return { drivers: titles("circle"), riders: titles("path"), cells: map.findAll("rect").length };
};

it("draws who can be told apart: no stale drivers, none who are offline, no riders whose place is not known", () => {
  const drivers = [driver("idle", "idle"), driver("busy", "on_trip"), driver("gone", "offline"), driver("old", "idle", false)];
  const riders = [rider("waits", "requested"), rider("offered", "offered"), rider("nowhere", "requested", null)];
  expect(shown(drivers, riders)).toEqual({ drivers: ["idle", "busy"], riders: ["waits", "offered"], cells: 0 });
});

it("draws cells where drivers are many", () => {
  const cell: Cell = { south: 40.5, west: -74.3, north: 40.6, east: -74.2, idle: 3, on_trip: 1 };
  expect(shown([], [], [cell, { ...cell, south: 40.6, north: 40.7 }])).toEqual({ drivers: [], riders: [], cells: 2 });
});
