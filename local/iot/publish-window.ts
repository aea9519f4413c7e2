/** Lets tasks begin in the order in which they came, with at most `size` of them unfinished. */
export interface PublishWindow {
  /** `begin` is called at once or when a place is free, and must call `end` once. */
  enter(begin: (end: () => void) => void): void;
}

export function createPublishWindow(size: number): PublishWindow {
  const waiting: ((end: () => void) => void)[] = [];
  let unfinished = 0;

  const end = (): void => {
    unfinished -= 1;
    const next = waiting.shift();
    if (next !== undefined) {
      start(next);
    }
  };
  const start = (begin: (end: () => void) => void): void => {
    unfinished += 1;
    begin(end);
  };

  return {
    enter(begin) {
      if (unfinished < size) {
        start(begin);
      } else {
        waiting.push(begin);
      }
    },
  };
}
