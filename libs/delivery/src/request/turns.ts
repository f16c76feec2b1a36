/**
 * Whose request to a host starts next. Many destinations may live on one host, and a host may hang: it gets so many
 * sockets and no more, and the fewer are left, the fewer one destination may hold, so that there is always one for the
 * next neighbour before there is another one for a hog.
 */

export interface TurnLimits {
  /** Requests under way to one host, of all destinations together. */
  perHost: number;
  /** Of one destination. */
  perDestination: number;
  /** So long a request waits for its turn. */
  waitInMilliseconds: number;
}

export const TURN_LIMITS: TurnLimits = { perHost: 256, perDestination: 64, waitInMilliseconds: 15_000 };

interface Host {
  underWay: number;
  byDestination: Map<string, number>;
  waiting: Waiter[];
}

interface Waiter {
  destinationId: string;
  begin(admitted: boolean): void;
}

export class Turns {
  private readonly hosts = new Map<string, Host>();

  constructor(private readonly limits: TurnLimits = TURN_LIMITS) {}

  get isIdle(): boolean {
    return this.hosts.size === 0;
  }

  /**
   * @param host the origin of a URL.
   * @returns whether the request may start; `true` at once where there is room. A turn that was given must be ended.
   */
  take(host: string, destinationId: string): boolean | Promise<boolean> {
    const found = this.hosts.get(host) ?? this.open(host);
    if (found.waiting.length === 0 && this.hasRoom(found, destinationId)) {
      begin(found, destinationId);
      return true;
    }
    return this.wait(host, found, destinationId);
  }

  end(host: string, destinationId: string): void {
    const found = this.hosts.get(host);
    if (!found) return;
    found.underWay -= 1;
    const left = (found.byDestination.get(destinationId) ?? 1) - 1;
    if (left > 0) found.byDestination.set(destinationId, left);
    else found.byDestination.delete(destinationId);
    this.admit(found);
    this.forgetIfIdle(host, found);
  }

  /** Whoever waits is told that there will be no turn. */
  close(): void {
    for (const { waiting } of this.hosts.values())
      for (const waiter of waiting.splice(0)) waiter.begin(false);
  }

  private hasRoom({ underWay, byDestination }: Host, destinationId: string): boolean {
    const own = byDestination.get(destinationId) ?? 0;
    return own < Math.min(this.limits.perDestination, this.limits.perHost - underWay);
  }

  private wait(host: string, found: Host, destinationId: string): Promise<boolean> {
    return new Promise((done) => {
      const waiter: Waiter = {
        destinationId,
        begin: (admitted) => {
          clearTimeout(timer);
          done(admitted);
        },
      };
      const timer = setTimeout(() => {
        found.waiting.splice(found.waiting.indexOf(waiter), 1);
        this.forgetIfIdle(host, found);
        done(false);
      }, this.limits.waitInMilliseconds);
      found.waiting.push(waiter);
      this.admit(found);
    });
  }

  /** The one whose destination has least under way goes first; among equals, whoever came first. */
  private admit(host: Host): void {
    while (host.waiting.length > 0) {
      const held = ({ destinationId }: Waiter): number => host.byDestination.get(destinationId) ?? 0;
      const next = host.waiting.reduce((first, waiter) => (held(waiter) < held(first) ? waiter : first));
      if (!this.hasRoom(host, next.destinationId)) return;
      host.waiting.splice(host.waiting.indexOf(next), 1);
      begin(host, next.destinationId);
      next.begin(true);
    }
  }

  private open(name: string): Host {
    const host: Host = { underWay: 0, byDestination: new Map(), waiting: [] };
    this.hosts.set(name, host);
    return host;
  }

  private forgetIfIdle(name: string, host: Host): void {
    if (host.underWay === 0 && host.waiting.length === 0) this.hosts.delete(name);
  }
}

function begin(host: Host, destinationId: string): void {
  host.underWay += 1;
  host.byDestination.set(destinationId, (host.byDestination.get(destinationId) ?? 0) + 1);
}
