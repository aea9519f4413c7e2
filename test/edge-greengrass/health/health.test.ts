import { describe, expect, it, vi } from 'vitest';
import type { AttributeValue } from '../../../core/observation.ts';
import { shippedAssetTypes } from '../../../core/schema/models/asset-types.ts';
import { REPORT_INTERVAL_MS, startHealthReporter } from '../../../edge-greengrass/health/health-reporter.ts';
import { type GatewayHealth, healthValues } from '../../../edge-greengrass/health/health-values.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 8);
const EMPTY = { records: 0, bytes: 0, dropped: { full: 0, expired: 0, damaged: 0 } };
const HEALTH: GatewayHealth = {
  firmwareVersion: '3.2.1',
  operatingMode: 'normal',
  supplyMillivolts: 12_400,
  celsius: 41.5,
  spool: {
    critical: { ...EMPTY, records: 3 },
    normal: { ...EMPTY, records: 40, dropped: { full: 1, expired: 2, damaged: 4 } },
    low: { ...EMPTY, fault: 'ENOSPC', dropped: { full: 8, expired: 0, damaged: 0 } },
  },
  counts: {
    taken: { critical: 9, normal: 9, low: 9 },
    suspended: 6,
    refused: { malformed: 2, 'no-room': 5 },
    unkept: 16,
  },
  sensors: [
    { sensor: 'a', state: 'ok' },
    { sensor: 'b', state: 'dead' },
    { sensor: 'c', state: 'babbling' },
    { sensor: 'd', state: 'dead' },
  ],
  actuators: { sent: 5, carriedOut: 3, refused: 1, unanswered: 1 },
  linkQuality: 0.98,
  lastSyncAtMs: NOW_MS - 4500,
};

describe('the health of a gateway', () => {
  it('is told in the attributes of its twin: volts, seconds, counts', () => {
    expect(Object.fromEntries(healthValues(HEALTH, NOW_MS))).toEqual({
      operatingMode: 'normal',
      supplyVoltage: 12.4,
      temperature: 41.5,
      linkQuality: 0.98,
      lastSyncAge: 4.5,
      spooledCritical: 3,
      spooledNormal: 40,
      spooledLow: 0,
      droppedReadings: 31,
      refusedReadings: 7,
      suspendedReadings: 6,
      spoolFault: 'ENOSPC',
      sensors: 4,
      sensorsDead: 2,
      sensorsBabbling: 1,
      commandsUnanswered: 1,
      firmwareVersion: '3.2.1',
    });
  });

  it('has every attribute that its asset type declares, and no other', () => {
    const declared = Object.keys(shippedAssetTypes['EdgeGateway']?.attributes ?? {});
    // What became of a command is told when one has come.
    const told = [...healthValues(HEALTH, NOW_MS).keys(), 'commandAnswered'];
    expect(told.toSorted()).toEqual(declared.toSorted());
  });

  it('leaves out what nobody knows', () => {
    const unknown = {
      supplyMillivolts: undefined,
      celsius: undefined,
      linkQuality: undefined,
      lastSyncAtMs: undefined,
    };
    const values = healthValues({ ...HEALTH, ...unknown }, NOW_MS);
    for (const name of ['supplyVoltage', 'temperature', 'linkQuality', 'lastSyncAge']) {
      expect([name, values.has(name)]).toEqual([name, false]);
    }
  });
});

describe('the reporter', () => {
  it('tells at the start, every 30 s, and at once when something changes that cannot wait', () => {
    let atMs = 0;
    let values: Record<string, AttributeValue> = { operatingMode: 'normal', spooledLow: 0 };
    const report = vi.fn();
    const reporter = startHealthReporter({
      values: () => new Map(Object.entries(values)),
      report,
      monotonicMs: () => atMs,
    });
    expect(report).toHaveBeenCalledTimes(1);
    values = { operatingMode: 'normal', spooledLow: 500 };
    atMs = REPORT_INTERVAL_MS - 1;
    reporter.look();
    expect(report).toHaveBeenCalledTimes(1);
    atMs = REPORT_INTERVAL_MS;
    reporter.look();
    expect(report).toHaveBeenCalledTimes(2);
    values = { operatingMode: 'critical_queue_only', spooledLow: 500 };
    reporter.look();
    expect(report).toHaveBeenCalledTimes(3);
    reporter.stop();
  });
});
