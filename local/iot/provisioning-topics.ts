/** "Device provisioning MQTT API" in the AWS IoT Core developer guide; of its formats, JSON. */
const CREATE_TOPIC = '$aws/certificates/create/json';
const PROVISION_TOPIC = /^\$aws\/provisioning-templates\/([\w-]+)\/provision\/json$/;
const ANSWER_SUFFIX = /\/(accepted|rejected)$/;

export function isProvisioningRequest(topic: string): boolean {
  return topic === CREATE_TOPIC || PROVISION_TOPIC.test(topic);
}

export function isProvisioningAnswer(filter: string): boolean {
  return ANSWER_SUFFIX.test(filter) && isProvisioningRequest(filter.replace(ANSWER_SUFFIX, ''));
}

/** The template that a request is about; undefined for one that asks for a certificate. */
export function templateNameIn(topic: string): string | undefined {
  return PROVISION_TOPIC.exec(topic)?.[1];
}
