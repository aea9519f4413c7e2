import type { RegisterConfig } from '../../config/gateway-config.ts';
import type { Intake } from '../../ports.ts';
import type { AdapterContext } from '../ports.ts';
import { type Block, planBlocks } from './blocks.ts';
import type { ModbusConnection } from './connection.ts';
import { valueOf } from './register-value.ts';
import type { Voice } from './voice.ts';

export interface Poll {
  /** Reads all registers of streams that are open, once. Never rejects. */
  run(): Promise<void>;
  isSuspended(): boolean;
}

/**
 * Reads sensors that are due at the same times on one unit. Where their registers lie side by side, as the channels of a
 * detector card do, one request reads them all; until the device refuses one, and from then on each sensor is read alone.
 */
export function createPoll(
  unitId: number,
  voices: readonly Voice[],
  connection: ModbusConnection,
  intake: Intake,
  { clock, tally }: Pick<AdapterContext, 'clock' | 'tally'>,
): Poll {
  const owners = new Map(voices.flatMap((voice) => voice.sensor.registers.map((each) => [each, voice])));
  const streams = [...new Set(voices.flatMap(({ sensor }) => sensor.streams))];
  const plans = new Map<string, readonly Block[]>();
  let isJoint = true;
  let wasReachable = true;

  function openStreams(): readonly string[] {
    return streams.filter((stream) => intake.isOpen(stream));
  }

  /** Which streams are open changes rarely, so a plan is kept for each set of them. */
  function planFor(open: readonly string[]): readonly Block[] {
    const key = open.join(' ');
    const plan = plans.get(key) ?? planOf(open);
    plans.set(key, plan);
    return plan;
  }

  function planOf(open: readonly string[]): readonly Block[] {
    const bySensor = voices.map(({ sensor }) => sensor.registers.filter(({ stream }) => open.includes(stream)));
    return isJoint ? planBlocks(bySensor.flat()) : bySensor.flatMap(planBlocks);
  }

  function ownersOf({ registers }: Block): ReadonlySet<Voice> {
    return new Set(registers.flatMap((each) => owners.get(each) ?? []));
  }

  function take(block: Block, bytes: Uint8Array): void {
    for (const { gate } of ownersOf(block)) gate.heard();
    for (const register of block.registers) takeRegister(register, block, bytes);
  }

  function takeRegister(register: RegisterConfig, block: Block, bytes: Uint8Array): void {
    const voice = owners.get(register);
    const value = valueOf(register, block, bytes);
    if (typeof value === 'object') voice?.gate.refuse(value);
    else voice?.take(register, value);
  }

  /** One sensor's register that is not there must not cost the others theirs. */
  function part(block: Block): void {
    if (ownersOf(block).size < 2) return;
    isJoint = false;
    plans.clear();
  }

  /** A device that is away is counted once, not with every poll that it misses. */
  function isReachable(): boolean {
    const isUp = connection.isUp();
    const fault = connection.fault();
    if (!isUp && fault !== undefined && wasReachable) {
      for (const { sensor } of voices) tally.count(sensor.id, 'unreachable', fault);
      wasReachable = false;
    }
    if (isUp) wasReachable = true;
    return isUp;
  }

  return {
    async run() {
      if (!isReachable()) return;
      const open = openStreams();
      for (const block of planFor(open)) {
        const answer = await connection.read(unitId, block);
        if (answer.ok) {
          take(block, answer.bytes);
          continue;
        }
        if (answer.fault === 'exception') part(block);
        if (answer.fault === 'unreachable') continue;
        for (const { sensor } of ownersOf(block)) tally.count(sensor.id, answer.fault, answer.detail);
      }
      const observedAtMs = clock.nowMs();
      for (const voice of voices) {
        for (const stream of voice.sensor.streams) if (open.includes(stream)) voice.speak(stream, observedAtMs);
      }
    },
    isSuspended: () => openStreams().length === 0,
  };
}
