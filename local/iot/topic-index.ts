/** Finds what listens to a topic by walking its levels, so that rules that do not match cost nothing. */
export interface TopicIndex<Value> {
  add(filter: string, value: Value): void;
  /** In no particular order; matches as `matchesTopicFilter` does. */
  find(topic: string): readonly Value[];
}

interface Node<Value> {
  readonly children: Map<string, Node<Value>>;
  readonly values: Value[];
}

export function createTopicIndex<Value>(): TopicIndex<Value> {
  const root = createNode<Value>();
  return {
    add(filter, value) {
      let node = root;
      for (const level of filter.split('/')) {
        const child = node.children.get(level) ?? createNode<Value>();
        node.children.set(level, child);
        node = child;
      }
      node.values.push(value);
    },
    find(topic) {
      const found: Value[] = [];
      collect(root, topic.split('/'), 0, found);
      return found;
    },
  };
}

function createNode<Value>(): Node<Value> {
  return { children: new Map(), values: [] };
}

function collect<Value>(node: Node<Value>, levels: readonly string[], depth: number, found: Value[]): void {
  const level = levels[depth];
  if (level === undefined) {
    found.push(...node.values);
    return;
  }
  const exact = node.children.get(level);
  // A topic may not hold `+` or `#`, but one that reached us by no broker must not find the wildcards' nodes.
  if (exact !== undefined && level !== '+' && level !== '#') {
    collect(exact, levels, depth + 1, found);
  }
  if (depth === 0 && level.startsWith('$')) {
    return;
  }
  const single = node.children.get('+');
  if (single !== undefined) {
    collect(single, levels, depth + 1, found);
  }
  found.push(...(node.children.get('#')?.values ?? []));
}
