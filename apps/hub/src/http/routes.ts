/** Which methods there are at a path, learned from the routes themselves, so that a refusal can name them. */
import type { FastifyInstance } from 'fastify';

export class Routes {
  private readonly methodsOf = new Map<string, Set<string>>();

  /** Learns every route that is made from now on. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ method, url }) => this.add([method].flat(), url));
  }

  add(methods: string[], pattern: string): void {
    const key = segmentsOf(pattern).join('/');
    // What takes everything that nobody else takes says nothing of what there is.
    if (key.endsWith('*')) return;
    const known = this.methodsOf.get(key) ?? new Set();
    for (const method of methods) known.add(method);
    this.methodsOf.set(key, known);
  }

  /** The methods at a path without its query, sorted; undefined when there is nothing. The most literal pattern decides. */
  at(path: string): string[] | undefined {
    const segments = segmentsOf(path);
    const fitting = [...this.methodsOf.keys()]
      .map((key) => key.split('/'))
      .filter((pattern) => fits(pattern, segments))
      .sort((a, b) => parametersIn(a) - parametersIn(b));
    const methods = fitting[0] && this.methodsOf.get(fitting[0].join('/'));
    return methods && [...methods].sort();
  }
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function fits(pattern: string[], segments: string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, index) => {
      if (!part.startsWith(':')) return part === segments[index];
      const wanted = /\((.*)\)$/.exec(part)?.[1];
      return wanted === undefined || new RegExp(wanted).test(segments[index]!);
    })
  );
}

function parametersIn(pattern: string[]): number {
  return pattern.filter((part) => part.startsWith(':')).length;
}
