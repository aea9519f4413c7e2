import assert from 'node:assert/strict';
import { Duration, Validations } from 'aws-cdk-lib';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, CfnFunction, Function, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { bundleFunction, HANDLER } from './bundle.ts';
import { CityLogGroup } from './city-log-group.ts';
import type { Deployment } from './deployment.ts';
import { PROJECT } from './names.ts';

interface CityFunctionProps {
  readonly deployment: Deployment;
  /** The function's folder in `lambdas/`; follows `cityweave-` in its name. */
  readonly name: string;
  readonly description: string;
  /** What the function's `environment.ts` asks for. */
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMiB: number;
  readonly timeoutS: number;
}

interface UnnamedPermission {
  readonly actions: readonly string[];
  /** Why no resource can be named, in one line. */
  readonly reason: string;
}

/** A Lambda function with its bundle, its log group and a role that may do nothing but what `allow` adds. */
export class CityFunction extends Construct {
  readonly lambda: Function;
  readonly #role: Role;

  constructor(scope: Construct, id: string, props: CityFunctionProps) {
    super(scope, id);
    const { deployment, name, description, environment, memoryMiB, timeoutS } = props;
    const functionName = `${PROJECT}-${name}`;

    const logGroup = new CityLogGroup(this, 'Logs', { deployment, name: `/aws/lambda/${functionName}` });
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.#role);

    this.lambda = new Function(this, 'Function', {
      functionName,
      description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: bundleFunction(name),
      handler: HANDLER,
      memorySize: memoryMiB,
      timeout: Duration.seconds(timeoutS),
      role: this.#role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: {
        ...environment,
        POWERTOOLS_SERVICE_NAME: name,
        POWERTOOLS_METRICS_NAMESPACE: PROJECT,
      },
    });
    this.#trace();
  }

  /** Lets the function do these actions on exactly these resources. */
  allow(actions: readonly string[], ...resources: readonly string[]): void {
    this.#role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
  }

  /** For actions without a resource to name: a policy of its own, so that the accepted finding covers nothing else. */
  allowUnnamed(id: string, { actions, reason }: UnnamedPermission): void {
    const statement = new PolicyStatement({ actions: [...actions], resources: ['*'] });
    const policy = new Policy(this, id, { roles: [this.#role], statements: [statement] });
    Validations.of(policy).acknowledge({ id: 'AwsSolutions-IAM5[Resource::*]', reason });
  }

  /** The property `tracing` would put its wildcard into the policy that holds the named permissions. */
  #trace(): void {
    const resource = this.lambda.node.defaultChild;
    assert(CfnFunction.isCfnFunction(resource));
    resource.tracingConfig = { mode: 'Active' };
    this.allowUnnamed('Tracing', {
      actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
      reason: 'X-Ray has no resources that a policy could name.',
    });
  }
}
