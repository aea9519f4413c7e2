import modbusSerial from 'modbus-serial';
import { createBackoff } from '../backoff.ts';
import type { AdapterPorts } from '../ports.ts';
import type { Block } from './blocks.ts';

const { default: ModbusRTU } = modbusSerial;
type ModbusClient = InstanceType<typeof ModbusRTU>;

const REQUEST_TIMEOUT_MS = 500;
const RECONNECT_MS_MIN = 250;
const RECONNECT_MS_MAX = 30_000;
/** So many requests in a row without an answer, and the connection is taken for dead: TCP itself would try for minutes. */
const TIMEOUTS_MAX = 3;

/** Modbus application protocol V1.1b3, section 7. */
const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: 'illegal function',
  2: 'illegal data address',
  3: 'illegal data value',
  4: 'server device failure',
  5: 'acknowledge',
  6: 'server device busy',
  8: 'memory parity error',
  10: 'gateway path unavailable',
  11: 'gateway target device failed to respond',
};

type ReadFault = 'exception' | 'timeout' | 'unreachable' | 'malformed';

type BlockAnswer =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly fault: ReadFault; readonly detail: string };

/** One TCP connection to a device, which may have several units behind it. It reconnects by itself, and never throws. */
export interface ModbusConnection {
  open(): void;
  /** One request at a time is on its way: small devices serve no more, and the others wait their turn. */
  read(unitId: number, block: Block): Promise<BlockAnswer>;
  isUp(): boolean;
  /** Why the last attempt failed. */
  fault(): string | undefined;
  close(): void;
}

export function createModbusConnection(
  host: string,
  port: number,
  { random }: Pick<AdapterPorts, 'random'>,
): ModbusConnection {
  const backoff = createBackoff(RECONNECT_MS_MIN, RECONNECT_MS_MAX, random);
  let client: ModbusClient | undefined;
  let isUp = false;
  let isClosed = false;
  let fault: string | undefined;
  let retry: NodeJS.Timeout | undefined;
  let timeouts = 0;
  /** Ends the request that is on its way: of a connection that broke, the library never answers it. */
  let abandon: ((error: Error) => void) | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  async function connect(): Promise<void> {
    const own = new ModbusRTU();
    client = own;
    own.setTimeout(REQUEST_TIMEOUT_MS);
    // Unheard, an error of the socket would end this process; what matters of it is that the socket closes.
    own.on('error', () => lose(own, 'the connection broke'));
    own.on('close', () => lose(own, 'the device closed the connection'));
    try {
      await own.connectTCP(host, { port, timeout: REQUEST_TIMEOUT_MS });
      if (client !== own) return own.destroy(() => {});
      isUp = true;
      timeouts = 0;
      fault = undefined;
      backoff.reset();
    } catch (error) {
      lose(own, error instanceof Error ? error.message : String(error));
    }
  }

  function lose(lost: ModbusClient, why: string): void {
    if (client !== lost) return;
    client = undefined;
    isUp = false;
    fault = why;
    abandon?.(new Error(why));
    lost.destroy(() => {});
    if (!isClosed) retry = setTimeout(() => void connect(), backoff.nextMs());
  }

  async function ask(unitId: number, block: Block): Promise<BlockAnswer> {
    const asked = client;
    if (!asked || !isUp) return { ok: false, fault: 'unreachable', detail: fault ?? 'not connected yet' };
    try {
      asked.setID(unitId);
      const { buffer } = await new Promise<{ readonly buffer: Buffer }>((resolve, reject) => {
        abandon = reject;
        request(asked, block).then(resolve, reject);
      });
      timeouts = 0;
      return { ok: true, bytes: buffer };
    } catch (error) {
      // A socket that breaks while it is written to closes without a word.
      if (client !== asked || !asked.isOpen) {
        lose(asked, 'the connection broke');
        return { ok: false, fault: 'unreachable', detail: fault ?? 'the connection broke' };
      }
      const answer = faultOf(error);
      timeouts = answer.fault === 'timeout' ? timeouts + 1 : 0;
      if (timeouts >= TIMEOUTS_MAX) lose(asked, `no answer to ${timeouts} requests in a row`);
      return { ...answer, detail: `unit ${unitId}, ${block.kind} ${block.address}: ${answer.detail}` };
    }
  }

  return {
    open: () => void connect(),
    read(unitId, block) {
      const answer = turn.then(() => ask(unitId, block));
      turn = answer;
      return answer;
    },
    isUp: () => isUp,
    fault: () => fault,
    close() {
      isClosed = true;
      clearTimeout(retry);
      const last = client;
      client = undefined;
      isUp = false;
      abandon?.(new Error('closed'));
      last?.destroy(() => {});
    },
  };
}

const READS = {
  coil: 'readCoils',
  'discrete-input': 'readDiscreteInputs',
  'input-register': 'readInputRegisters',
  'holding-register': 'readHoldingRegisters',
} as const;

function request(client: ModbusClient, { kind, address, length }: Block): Promise<{ readonly buffer: Buffer }> {
  return client[READS[kind]](address, length);
}

function faultOf(error: unknown): BlockAnswer & { readonly ok: false } {
  const { modbusCode, errno, message } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly modbusCode?: unknown;
    readonly errno?: unknown;
    readonly message?: unknown;
  };
  if (typeof modbusCode === 'number') {
    return {
      ok: false,
      fault: 'exception',
      detail: `exception ${modbusCode}, ${EXCEPTIONS[modbusCode] ?? 'unknown'}`,
    };
  }
  if (errno === 'ETIMEDOUT') return { ok: false, fault: 'timeout', detail: `no answer in ${REQUEST_TIMEOUT_MS} ms` };
  return { ok: false, fault: 'malformed', detail: typeof message === 'string' ? message : String(error) };
}
