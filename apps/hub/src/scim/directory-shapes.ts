/** The schemas that a directory's requests are read and answered by: those of the RFCs, and those it has declared. */
import { extendedShape, type ResourceType, type SchemaDefinition, type Shape } from '@app/scim';
import type { Directory } from '@app/tenancy';

const TYPES: ResourceType[] = ['User', 'Group'];
// A directory is read from the database about once a second, and its shapes are made once for each reading.
const made = new WeakMap<Directory, Shape[]>();

export function shapesOf(directory: Directory): Shape[] {
  let shapes = made.get(directory);
  if (!shapes) {
    shapes = TYPES.map((type) => {
      const declared = directory.schemaExtensions.filter(({ resourceType }) => resourceType === type);
      return extendedShape(
        type,
        declared.map(({ schema }) => schema as SchemaDefinition),
      );
    });
    made.set(directory, shapes);
  }
  return shapes;
}

export function shapeFor(type: ResourceType, directory: Directory): Shape {
  return shapesOf(directory).find((shape) => shape.type === type)!;
}
