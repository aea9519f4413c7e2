/**
 * One line of the resources that nothing here runs, given as `AWS::X::Y (Stack/LogicalId)`: of a type that occurs once
 * the whole name, of any other how many a stack has, because forty alarms by name would hide a topic among them.
 */
export function notRunLine(resources: readonly string[]): string {
  const groups = Map.groupBy(resources, (resource) => resource.slice(0, resource.lastIndexOf('/')));
  const parts = [...groups].map(([place, members]) => {
    const [type, stack] = place.split(' (');
    return members.length === 1 ? members[0] : `${type} (${members.length} in ${stack})`;
  });
  return `not run locally: ${parts.join(', ')}`;
}
