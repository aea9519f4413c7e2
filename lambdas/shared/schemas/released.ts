import type { SchemaEntry } from './schema-entry.ts';

/** Every schema ever released, as `npx cityweave schema release` writes it; not to be edited. */
export const RELEASED_SCHEMAS: readonly SchemaEntry[] = [
  {
    "name": "parking-spot",
    "version": 1,
    "fingerprint": "92f7a2e43fa5cf01",
    "format": "avro",
    "schema": "{\"type\":\"record\",\"name\":\"ParkingSpot\",\"namespace\":\"cityweave.devices\",\"fields\":[{\"name\":\"observedAt\",\"type\":{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}},{\"name\":\"counter\",\"type\":\"long\"},{\"name\":\"status\",\"type\":{\"type\":\"enum\",\"name\":\"Status\",\"symbols\":[\"free\",\"occupied\"]}}]}"
  },
  {
    "name": "parking-spot",
    "version": 2,
    "fingerprint": "67a710a9cd57a852",
    "format": "avro",
    "schema": "{\"type\":\"record\",\"name\":\"ParkingSpot\",\"namespace\":\"cityweave.devices\",\"fields\":[{\"name\":\"observedAt\",\"type\":{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}},{\"name\":\"counter\",\"type\":\"long\"},{\"name\":\"status\",\"type\":{\"type\":\"enum\",\"name\":\"Status\",\"symbols\":[\"free\",\"occupied\"]}},{\"name\":\"temperature\",\"type\":[\"null\",\"float\"],\"default\":null,\"unit\":\"KEL\"}]}"
  },
  {
    "name": "traffic-flow",
    "version": 1,
    "fingerprint": "76427a4c92244277",
    "format": "protobuf",
    "schema": "CvkBCg1yZWFkaW5nLnByb3RvEhFjaXR5d2VhdmUuZGV2aWNlcyLMAQoLVHJhZmZpY0Zsb3cSHwoLb2JzZXJ2ZWRfYXQYASABKAZSCm9ic2VydmVkQXQSGAoHY291bnRlchgCIAEoDVIHY291bnRlchIhCglpbnRlbnNpdHkYAyABKA1IAFIJaW50ZW5zaXR5iAEBEjcKFWF2ZXJhZ2VfdmVoaWNsZV9zcGVlZBgEIAEoAkgBUhNhdmVyYWdlVmVoaWNsZVNwZWVkiAEBQgwKCl9pbnRlbnNpdHlCGAoWX2F2ZXJhZ2VfdmVoaWNsZV9zcGVlZGIGcHJvdG8z"
  },
  {
    "name": "traffic-flow",
    "version": 2,
    "fingerprint": "67bdd0b74ce617f4",
    "format": "protobuf",
    "schema": "CqoCCg1yZWFkaW5nLnByb3RvEhFjaXR5d2VhdmUuZGV2aWNlcyL9AQoLVHJhZmZpY0Zsb3cSHwoLb2JzZXJ2ZWRfYXQYASABKAZSCm9ic2VydmVkQXQSGAoHY291bnRlchgCIAEoDVIHY291bnRlchIhCglpbnRlbnNpdHkYAyABKA1IAFIJaW50ZW5zaXR5iAEBEjcKFWF2ZXJhZ2VfdmVoaWNsZV9zcGVlZBgEIAEoAkgBUhNhdmVyYWdlVmVoaWNsZVNwZWVkiAEBEiEKCW9jY3VwYW5jeRgFIAEoAkgCUglvY2N1cGFuY3mIAQFCDAoKX2ludGVuc2l0eUIYChZfYXZlcmFnZV92ZWhpY2xlX3NwZWVkQgwKCl9vY2N1cGFuY3liBnByb3RvMw=="
  }
];
