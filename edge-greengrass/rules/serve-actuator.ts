import type { LocalBus } from '../ports.ts';
import { isRecord } from './is-record.ts';

/** A command as it stands on the bus. */
export interface ReceivedCommand {
  readonly id: string;
  readonly command: string;
  readonly issuedAtMs: number;
  readonly validUntilMs: number;
}

/** Commands whose ids are remembered, so that a repeated one is answered again and not carried out again. */
const REMEMBERED_MAX = 1024;

/**
 * An actuator's side: takes commands from the bus, carries each out once, refuses what has expired or is no command, and
 * answers every one on `{topic}/ack` as `{id, state: 'done' | 'refused', reason?}`.
 */
export async function serveActuator(
  bus: LocalBus,
  topic: string,
  carryOut: (command: ReceivedCommand) => void,
  nowMs: () => number,
): Promise<void> {
  const remembered = new Set<string>();

  const answerTo = (command: ReceivedCommand): { readonly state: 'done' | 'refused'; readonly reason?: string } => {
    if (remembered.has(command.id)) return { state: 'done' };
    const lateMs = nowMs() - command.validUntilMs;
    if (lateMs > 0) return { state: 'refused', reason: `expired ${lateMs} ms ago` };
    carryOut(command);
    remembered.add(command.id);
    const [oldest] = remembered;
    if (remembered.size > REMEMBERED_MAX && oldest !== undefined) remembered.delete(oldest);
    return { state: 'done' };
  };

  await bus.subscribe(topic, (payload) => {
    const command = commandIn(payload);
    if (!command) return;
    const answer = JSON.stringify({ id: command.id, ...answerTo(command) });
    // Who was not heard is asked again.
    bus.publish(`${topic}/ack`, new TextEncoder().encode(answer)).catch(() => undefined);
  });
}

function commandIn(payload: Uint8Array): ReceivedCommand | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(payload));
    return isCommand(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isCommand(value: unknown): value is ReceivedCommand {
  if (!isRecord(value)) return false;
  const { id, command, issuedAtMs, validUntilMs } = value;
  const isTimed = Number.isFinite(issuedAtMs) && Number.isFinite(validUntilMs);
  return typeof id === 'string' && typeof command === 'string' && isTimed;
}
