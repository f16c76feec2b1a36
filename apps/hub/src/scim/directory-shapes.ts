/** The schemas that a directory's requests are read and answered by. */
import { shapeOf, type ResourceType, type Shape } from '@app/scim';
import type { Directory } from '@app/tenancy';

export function shapeFor(type: ResourceType, _directory: Directory): Shape {
  return shapeOf(type);
}
