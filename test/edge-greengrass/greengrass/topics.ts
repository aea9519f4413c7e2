/** By the specification's words and a regular expression, so that it shares nothing with what it tests. */
export function isTopicIn(topic: string, filter: string): boolean {
  const source = filter
    .replaceAll(/[.*?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('+', '[^/]*')
    .replace(/(^|\/)#$/, '(?:$1.*)?');
  return new RegExp(`^${source}$`).test(topic);
}
