import type { LocalBus } from '../ports.ts';
import { isRecord } from './is-record.ts';
import type { ActuatorCommand, Decision } from './rule.ts';

/** When an actuator that has not answered is told once more; then twice as long, and so on until the command expires. */
const FIRST_REPEAT_MS = 50;
/** Commands that wait for an answer; of more the oldest are given up. */
export const UNANSWERED_MAX = 256;

export interface Actuators {
  /** Sends a command at once and again until it is answered or expires. Never throws, waits for nothing. */
  send(decision: Decision): void;
  /** Listens for the answers of the actuators on these topics. What keeps it from that is told: commands go out all the same. */
  listen(topics: Iterable<string>): void;
  counts(): ActuatorCounts;
  close(): void;
}

export interface ActuatorCounts {
  readonly sent: number;
  readonly carriedOut: number;
  /** By the actuator, such as one that came too late. */
  readonly refused: number;
  /** Expired without an answer. */
  readonly unanswered: number;
}

interface Pending {
  timer: NodeJS.Timeout;
}

/** Commands to the actuators of the cabinet, as JSON on the local bus; each answers on `{topic}/ack`. */
export function createActuators(bus: LocalBus, nowMs: () => number, log: (line: string) => void): Actuators {
  const pending = new Map<string, Pending>();
  const listening = new Set<string>();
  const counts = { sent: 0, carriedOut: 0, refused: 0, unanswered: 0 };

  const publish = ({ topic, command }: Decision): void => {
    const payload = new TextEncoder().encode(JSON.stringify({ id: idOf(command), ...command }));
    // A bus that is away now is tried again with the next repeat.
    bus.publish(topic, payload).catch(() => undefined);
  };

  const giveUp = (id: string): void => {
    clearTimeout(pending.get(id)?.timer);
    if (pending.delete(id)) counts.unanswered += 1;
  };

  const repeatLater = (decision: Decision, afterMs: number): NodeJS.Timeout => {
    const timer = setTimeout(() => {
      const id = idOf(decision.command);
      const waiting = pending.get(id);
      if (!waiting) return;
      if (nowMs() >= decision.command.validUntilMs) return giveUp(id);
      publish(decision);
      waiting.timer = repeatLater(decision, afterMs * 2);
    }, afterMs);
    return timer.unref();
  };

  const hear = (payload: Uint8Array): void => {
    const answer = parsed(payload);
    const waiting = answer && pending.get(answer.id);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    pending.delete(answer.id);
    counts[answer.state === 'done' ? 'carriedOut' : 'refused'] += 1;
  };

  return {
    send(decision) {
      counts.sent += 1;
      const [oldest] = pending.keys();
      if (pending.size >= UNANSWERED_MAX && oldest !== undefined) giveUp(oldest);
      pending.set(idOf(decision.command), { timer: repeatLater(decision, FIRST_REPEAT_MS) });
      publish(decision);
    },

    listen(topics) {
      for (const topic of topics) {
        if (listening.has(topic)) continue;
        listening.add(topic);
        bus.subscribe(`${topic}/ack`, hear).catch((error: unknown) => {
          listening.delete(topic);
          log(`nobody hears the answers of ${topic}: ${error instanceof Error ? error.message : String(error)}`);
        });
      }
    },

    counts: () => ({ ...counts }),

    close() {
      for (const { timer } of pending.values()) clearTimeout(timer);
      pending.clear();
    },
  };
}

/** One reading calls for one command of a rule at one instant. */
function idOf({ rule, source, stamp, issuedAtMs }: ActuatorCommand): string {
  return `${rule}/${source}/${stamp}/${issuedAtMs}`;
}

interface Answer {
  readonly id: string;
  readonly state: 'done' | 'refused';
}

function parsed(payload: Uint8Array): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(new TextDecoder().decode(payload));
    if (!isRecord(answer) || typeof answer['id'] !== 'string') return undefined;
    return { id: answer['id'], state: answer['state'] === 'done' ? 'done' : 'refused' };
  } catch {
    return undefined;
  }
}
