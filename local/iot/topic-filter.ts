/**
 * Topic filters as the message broker of AWS IoT Core matches them: MQTT 3.1.1, 4.7, but `sensor/#` does not match the
 * parent `sensor` ("AWS IoT differences from MQTT specifications",
 * https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html).
 */

/** Why a text is no topic filter; undefined where it is one. */
export function findFilterFault(filter: string): string | undefined {
  if (filter === '') {
    return 'it is empty';
  }
  const levels = filter.split('/');
  for (const [index, level] of levels.entries()) {
    if (level.includes('#') && (level !== '#' || index !== levels.length - 1)) {
      return '# must stand alone in the last level';
    }
    if (level.includes('+') && level !== '+') {
      return '+ must stand alone in its level';
    }
  }
  return undefined;
}

/** Whether the filter takes the topic. A leading wildcard takes no topic that begins with `$` (MQTT-4.7.2-1). */
export function matchesTopicFilter(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && (filter.startsWith('+') || filter.startsWith('#'))) {
    return false;
  }
  const filterLevels = filter.split('/');
  const topicLevels = topic.split('/');
  for (const [index, level] of filterLevels.entries()) {
    const topicLevel = topicLevels[index];
    if (topicLevel === undefined) {
      return false;
    }
    if (level === '#') {
      return true;
    }
    if (level !== '+' && level !== topicLevel) {
      return false;
    }
  }
  return filterLevels.length === topicLevels.length;
}

export function hasWildcard(filter: string): boolean {
  return filter.includes('+') || filter.includes('#');
}
