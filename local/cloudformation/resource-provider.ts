/** How a service of the local cloud brings a template's resource to life. */
export interface ResourceProvider {
  /** CloudFormation type, such as `AWS::Kinesis::Stream`. */
  readonly type: string;
  /**
   * Creates the resource, or takes up the one that an earlier run left in the data directory.
   * Throws with the property's name when the template asks for what the local cloud does not do.
   */
  create(resource: TemplateResource): Promise<CreatedResource>;
}

export interface TemplateResource {
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
  /** With every intrinsic function resolved. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** The template's `Metadata`, for `aws:asset:path`. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Where the stack's assets lie (the cloud assembly's directory). */
  readonly assemblyDirectory: string;
}

export interface CreatedResource {
  /** What `Ref` gives. */
  readonly ref: string;
  /** What `Fn::GetAtt` gives, by name. */
  readonly attributes: Readonly<Record<string, string>>;
}
