/** What is right key by key and may still not be what was meant. */

import { type Place, refuse, warn, within } from './finding.ts';
import type { GatewayConfig, RuleConfig } from './gateway-config.ts';
import { isKnownStream, type SaidStream } from './read-streams.ts';
import { addressOf } from './stream-name.ts';

/** In the order in which they are written. */
interface Written {
  readonly streams: readonly SaidStream[];
  readonly rules: readonly RuleConfig[];
  readonly criticalStreams: readonly string[];
}

type PlaceOf = (...keys: readonly (string | number)[]) => Place;

/** The configuration, unless its parts exclude one another; whatever is merely odd is warned of. */
export function checkReferences(written: Written, config: GatewayConfig, place: Place): GatewayConfig | undefined {
  const placeOf: PlaceOf = (...keys) => keys.reduce(within, place);
  if (!arePortsApart(config, placeOf)) return undefined;
  checkProducers(written, config, placeOf);
  checkPriorities(written, placeOf);
  checkFields(written, config, placeOf);
  if (config.power.voltagePath === undefined) {
    const there = placeOf('failure_mode_policies', 'power_brownout', 'voltage_path');
    warn(there, undefined, 'a file with the voltage of the supply', 'without one, undervoltage is never seen');
  }
  return config;
}

/** A listener takes any stream, so with one nobody knows what nothing produces. */
function checkProducers({ streams, rules, criticalStreams }: Written, config: GatewayConfig, placeOf: PlaceOf): void {
  if (Object.keys(config.listeners).length > 0) return;
  const produced = new Set(config.sensors.flatMap((sensor) => sensor.streams));
  const check = (stream: string, place: Place, consequence: string): void => {
    if (!produced.has(stream)) warn(place, addressOf(stream), 'a topic that a sensor writes to', consequence);
  };
  for (const [index, stream] of criticalStreams.entries()) {
    const there = placeOf('failure_mode_policies', 'power_brownout', 'critical_topics', index);
    check(stream, there, 'nothing will come of it');
  }
  for (const [index, { stream }] of rules.entries()) {
    check(stream, placeOf('rules', index, 'topic'), 'the rule will never fire');
  }
  for (const [index, { stream }] of streams.entries()) {
    check(stream, placeOf('streams', index, 'topic'), 'nothing will come of it');
  }
}

function checkPriorities({ streams, criticalStreams }: Written, placeOf: PlaceOf): void {
  for (const [index, { stream, priority = 'critical' }] of streams.entries()) {
    if (priority === 'critical' || !criticalStreams.includes(stream)) continue;
    const there = placeOf('streams', index, 'priority');
    warn(there, priority, 'critical, as in power_brownout.critical_topics', 'it counts as critical');
  }
}

function checkFields({ streams, rules }: Written, config: GatewayConfig, placeOf: PlaceOf): void {
  const explained = new Set(streams.flatMap(({ stream, attributes }) => (attributes ? [stream] : [])));
  for (const stream of new Set(config.sensors.flatMap((sensor) => sensor.streams))) {
    if (explained.has(stream) || isKnownStream(stream)) continue;
    const guess = JSON.stringify(config.streams[stream]?.attributes ?? {});
    warn(placeOf('streams'), undefined, `attributes for the fields of ${addressOf(stream)}`, `taken for now: ${guess}`);
  }
  for (const [index, { stream, field }] of rules.entries()) {
    const fields = Object.keys(config.streams[stream]?.attributes ?? {});
    if (fields.length === 0 || fields.includes(field)) continue;
    warn(
      placeOf('rules', index, 'field'),
      field,
      `a field of its topic: ${fields.join(', ')}`,
      'the rule may never fire',
    );
  }
}

/** HTTP/2 and gRPC are both TCP; CoAP and the radio links share UDP. Port 0 is any that is free. */
function arePortsApart({ listeners, sensors }: GatewayConfig, placeOf: PlaceOf): boolean {
  const { http2, coap, grpc } = listeners;
  if (grpc && grpc.port !== 0 && grpc.port === http2?.port) {
    refuse(placeOf('listeners', 'grpc', 'port'), grpc.port, 'another port than that of http2');
    return false;
  }
  const radioPorts = sensors.flatMap((sensor) => (sensor.protocol === 'udp-radio' ? [sensor.port] : []));
  if (coap && radioPorts.includes(coap.port)) {
    refuse(placeOf('listeners', 'coap', 'port'), coap.port, 'another port than that of a radio link');
    return false;
  }
  return true;
}
