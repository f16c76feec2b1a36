/** Which ports of a stranger may be called: those that the operator's list holds, databases and the like only by name. */

export interface PortRange {
  from: number;
  to: number;
}

/**
 * Ports behind which a POST could do harm or learn something. A range of the operator's list leaves them out; one that
 * stands in the list by itself is allowed.
 */
// prettier-ignore
export const SENSITIVE_PORTS: ReadonlySet<number> = new Set([
  1433, 1434, 1521, 3306, 5432, 6432, 9042, 27017, 27018, 27019, 50000, // databases
  5984, 8086, 9200, 9300, 7474, 7687, // databases that speak HTTP
  6379, 6380, 26379, 11211, // caches
  2181, 2379, 2380, 4222, 5671, 5672, 9092, 9093, 15672, 61616, // coordination and queues
  2375, 2376, 4243, 6443, 8001, 8500, 10250, 10255, // containers and clusters
  2049, 3389, 5900, 5985, 5986, 6000, // files and screens
]);

const HIGHEST_PORT = 65_535;

export const EVERY_PORT: readonly PortRange[] = [{ from: 1, to: HIGHEST_PORT }];

/** @param ranges as `ROLLCALL_ALLOWED_PORTS` has them; a single port is a range from itself to itself. */
export function isPortAllowed(port: number, ranges: readonly PortRange[]): boolean {
  return ranges.some(({ from, to }) =>
    from === to ? port === from : port >= from && port <= to && !SENSITIVE_PORTS.has(port),
  );
}

/** The port that a URL leads to, its scheme's own where it names none. */
export function portOf(url: URL): number {
  if (url.port) return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}
