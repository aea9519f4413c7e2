/** The asset types that cityweave ships: Smart Data Models where there is one, ours where there is none. */

import type { AssetType } from '../city-config.ts';
import { EdgeGateway, TrafficJunction } from './edge.ts';
import { AirQualityObserved, NoiseLevelObserved } from './environment.ts';
import { OffStreetParking, OnStreetParking, ParkingSpot } from './parking.ts';
import { Streetlight } from './streetlighting.ts';
import { TrafficFlowObserved, TrafficSignal, Vehicle } from './transportation.ts';
import { WasteContainer } from './waste.ts';
import { PumpingStation, WaterQualityObserved } from './water.ts';
import { WeatherObserved } from './weather.ts';

export const shippedAssetTypes: Readonly<Record<string, AssetType>> = {
  OffStreetParking,
  OnStreetParking,
  ParkingSpot,
  TrafficFlowObserved,
  TrafficSignal,
  Vehicle,
  AirQualityObserved,
  NoiseLevelObserved,
  WeatherObserved,
  Streetlight,
  WasteContainer,
  WaterQualityObserved,
  PumpingStation,
  TrafficJunction,
  EdgeGateway,
};
