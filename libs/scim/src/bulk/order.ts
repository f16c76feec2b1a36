// In which order the operations of a bulk are done: RFC 7644 §3.7.1 and §3.7.2.

/**
 * Puts operations into units, in the order in which units are done. A unit is one operation, or those that need each other in a circle and so
 * can only be done together. The order is that of the request, except that whoever needs an operation comes behind it.
 * @param needs for each operation, by index, the operations that it needs.
 */
export function unitsOf(needs: readonly (readonly number[])[]): number[][] {
  const circles = circlesOf(needs);
  const unitOf = new Map(circles.flatMap((unit) => unit.map((operation) => [operation, unit] as const)));
  // A circle cannot begin before the last of it has been read.
  const waiting = [...circles].sort((a, b) => a.at(-1)! - b.at(-1)!);
  const done = new Set<number[]>();
  const isReady = (unit: number[]): boolean =>
    unit.every((operation) =>
      needs[operation]!.every((needed) => {
        const other = unitOf.get(needed)!;
        return other === unit || done.has(other);
      }),
    );
  const units: number[][] = [];
  while (waiting.length > 0) {
    // There always is one: units do not need each other in circles, or they would be one unit.
    const [next] = waiting.splice(waiting.findIndex(isReady), 1);
    done.add(next!);
    units.push(next!);
  }
  return units;
}

/** The strongly connected components, each in ascending order: Tarjan, SIAM J. Comput. 1 (1972). */
function circlesOf(needs: readonly (readonly number[])[]): number[][] {
  const order = new Map<number, number>();
  const path: number[] = [];
  const onPath = new Set<number>();
  const circles: number[][] = [];
  const visit = (operation: number): number => {
    order.set(operation, order.size);
    let low = order.get(operation)!;
    path.push(operation);
    onPath.add(operation);
    for (const needed of needs[operation]!) {
      if (!order.has(needed)) low = Math.min(low, visit(needed));
      else if (onPath.has(needed)) low = Math.min(low, order.get(needed)!);
    }
    if (low === order.get(operation)) {
      const circle = path.splice(path.indexOf(operation));
      for (const member of circle) onPath.delete(member);
      circles.push(circle.sort((a, b) => a - b));
    }
    return low;
  };
  for (let operation = 0; operation < needs.length; operation += 1)
    if (!order.has(operation)) visit(operation);
  return circles;
}
