import { greengrasscoreipc } from 'aws-iot-device-sdk-v2';
import type { Supervisor } from '../../ports.ts';
import { transportErrorOf } from './ipc-fault.ts';
import type { Session } from './session.ts';

/** Tells the nucleus how the component does; it restarts one that reports `errored`. */
export function createGreengrassSupervisor(session: Session): Supervisor {
  const { RUNNING, ERRORED } = greengrasscoreipc.model.ReportedLifecycleState;
  return {
    async report(state) {
      try {
        await session.call((client) => client.updateState({ state: state === 'running' ? RUNNING : ERRORED }));
      } catch (error) {
        throw transportErrorOf(`reporting ${state}`, error);
      }
    },
  };
}
