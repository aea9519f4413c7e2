import type { Component } from './nucleus.ts';
import { IpcError } from './ipc-error.ts';

/**
 * Whether a component's `accessControl` lets it do the operation on the resource. `*` stands for any characters,
 * `{iot:thingName}` for the name; with `mqttproxy`, `+` and `#` are MQTT's wildcards as well.
 */
export function requireAccess(
  { configuration, name }: Component,
  service: string,
  operation: string,
  resource: string,
  thingName: string,
): void {
  const policies = Object.values(configuration.accessControl?.[service] ?? {});
  const isAllowed = policies.some(
    ({ operations, resources }) =>
      (operations.includes('*') || operations.includes(operation)) &&
      resources.some((pattern) => patternOf(pattern.replaceAll('{iot:thingName}', thingName), service).test(resource)),
  );
  if (!isAllowed) {
    throw new IpcError('UnauthorizedError', `Principal ${name} is not authorized to perform ${service}:${operation}`);
  }
}

function patternOf(resource: string, service: string): RegExp {
  const knowsMqtt = service === 'aws.greengrass.ipc.mqttproxy';
  const source = resource.replaceAll(/[*+#]|[^*+#]+/g, (part) => {
    if (part === '*') return '.*';
    if (knowsMqtt && part === '+') return '[^/]*';
    if (knowsMqtt && part === '#') return '.*';
    return part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  });
  return new RegExp(`^${source}$`);
}
