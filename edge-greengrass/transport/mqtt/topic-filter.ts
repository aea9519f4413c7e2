/** Whether a topic is one of a filter's, with `+` for a level and `#` for all that follow (MQTT 3.1.1, 4.7). */
export function isTopicIn(topic: string, filter: string): boolean {
  const levels = topic.split('/');
  const wanted = filter.split('/');
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return true;
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false;
  }
  return levels.length === wanted.length;
}
