import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A thing of its own, so that a gateway that somebody runs by hand for the same junction does not take its connection. */
const THING = 'int-01-cabinet';
const PROGRAM = fileURLToPath(new URL('../../edge-greengrass/main.ts', import.meta.url));
const CONFIG = fileURLToPath(new URL('../../examples/edge/junction.yaml', import.meta.url));

/** As in a cabinet: V8 takes what the machine has otherwise, not what it needs. */
const HEAP = ['--max-old-space-size=128', '--max-semi-space-size=8'];

/** A gateway ends within 5 s, and so must the local cloud with all that it has to end after this. */
const STOP_MAX_MS = 2500;

/**
 * Starts the gateway of a junction in a process of its own, as a cabinet at the roadside has it: simulated sensors, real
 * adapters, and the line by MQTT. Gives what ends it. Should this process be killed, the gateway ends by itself.
 *
 * @param directory for what the gateway keeps through an outage
 */
export function startSimulatedGateway(
  mqttUrl: string,
  directory: string,
  log: (line: string) => void,
): () => Promise<void> {
  const options = ['--config', CONFIG, '--sim', '--thing', THING, '--url', mqttUrl, '--data', directory];
  const gateway = spawn(process.execPath, [...HEAP, PROGRAM, ...options], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  for (const output of [gateway.stdout, gateway.stderr]) {
    if (output) createInterface({ input: output }).on('line', (line) => log(`edge gateway: ${line}`));
  }
  let isStopping = false;
  gateway.on('error', (error) => log(`the edge gateway did not start: ${error.message}`));
  gateway.on('exit', (code, signal) => {
    if (!isStopping) log(`the edge gateway ended with ${code ?? signal}`);
  });
  return async () => {
    isStopping = true;
    if (gateway.exitCode !== null || gateway.signalCode !== null || gateway.pid === undefined) return;
    const exited = once(gateway, 'exit');
    gateway.kill('SIGTERM');
    const overdue = setTimeout(() => gateway.kill('SIGKILL'), STOP_MAX_MS);
    await exited;
    clearTimeout(overdue);
  };
}
