/**
 * IoT SQL conditions that divide the topics `dt/{zone}/{assetType}/{assetId}/{thingName}` between two rules. For any
 * list of critical topics each topic satisfies exactly one of them, gateways' topics neither: those have rules of
 * their own, and `gateway` is reserved as an asset type.
 */
interface TopicConditions {
  readonly ordinary: string;
  /** Absent where no topic is critical. */
  readonly critical?: string;
}

const NO_GATEWAY = "topic(3) <> 'gateway'";

/** `criticalTopics` are MQTT filters of five levels, the first of which is `dt`, without `#`. */
export function topicConditions(criticalTopics: readonly string[]): TopicConditions {
  if (criticalTopics.length === 0) return { ordinary: NO_GATEWAY };
  const isCritical = `regexp_matches(topic(), '^(${criticalTopics.map(levelPatterns).join('|')})$')`;
  return { ordinary: `${NO_GATEWAY} AND NOT ${isCritical}`, critical: `${NO_GATEWAY} AND ${isCritical}` };
}

/** `+` is one level, which MQTT allows to be empty (MQTT 3.1.1, 4.7.1.3); of a name's characters only the dot is special. */
function levelPatterns(filter: string): string {
  return filter.replaceAll('.', '[.]').replaceAll('+', '[^/]*');
}
