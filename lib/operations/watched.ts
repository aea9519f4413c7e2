import assert from 'node:assert/strict';
import { type Stack, Token } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { CfnTopicRule } from 'aws-cdk-lib/aws-iot';
import { CfnStream } from 'aws-cdk-lib/aws-kinesis';
import { CfnEventSourceMapping, CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';

/** Names of what the stacks hold; a resource that is added to one of them is watched without a line here. */
export interface Watched {
  readonly functions: readonly string[];
  /** Those of the functions that an event-source mapping feeds. */
  readonly consumers: readonly string[];
  readonly streams: readonly string[];
  readonly tables: readonly string[];
  readonly rules: readonly string[];
}

/**
 * Physical names and no references: a stack cannot change or delete what another one imports from it, and an alarm is
 * no reason to hold it.
 */
export function watchedIn(stacks: readonly Stack[]): Watched {
  const constructs = stacks.flatMap((stack) => stack.node.findAll());
  const functions = constructs.filter((each) => each instanceof LambdaFunction);
  return {
    functions: functions.map((each) => functionName(each)),
    consumers: functions.filter((each) => isFed(each)).map((each) => functionName(each)),
    streams: constructs.filter((each) => CfnStream.isCfnStream(each)).map((each) => given(each, each.name)),
    tables: constructs.filter((each) => CfnTable.isCfnTable(each)).map((each) => given(each, each.tableName)),
    rules: constructs.filter((each) => CfnTopicRule.isCfnTopicRule(each)).map((each) => given(each, each.ruleName)),
  };
}

function functionName({ node }: LambdaFunction): string {
  const resource = node.defaultChild;
  assert(CfnFunction.isCfnFunction(resource));
  return given(resource, resource.functionName);
}

function isFed({ node }: LambdaFunction): boolean {
  return node.findAll().some((each) => CfnEventSourceMapping.isCfnEventSourceMapping(each));
}

function given({ node }: IConstruct, name: string | undefined): string {
  assert(name && !Token.isUnresolved(name), `${node.path} has no name of its own; its alarms need one to watch it by`);
  return name;
}
