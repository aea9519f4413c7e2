/** Whether the line to the cloud is there, and who wants to know. */
export interface Line {
  isUp(): boolean;
  set(isUp: boolean): void;
  /** Told of each change, in the order of registration. */
  onChange(listener: (isUp: boolean) => void): void;
}

/** A line that is down. */
export function createLine(): Line {
  const listeners: ((isUp: boolean) => void)[] = [];
  let current = false;
  return {
    isUp: () => current,
    set(isUp) {
      if (isUp !== current) {
        current = isUp;
        for (const listener of listeners) listener(isUp);
      }
    },
    onChange(listener) {
      listeners.push(listener);
    },
  };
}
