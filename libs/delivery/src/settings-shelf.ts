/** Parsed settings of destinations, kept until a person changes them: the router looks at each for every batch of events. */
import type { Destination, Destinations } from '@app/tenancy';
import { parseSettings } from './parse-settings.js';
import type { Protocol } from './protocol.js';
import type { Access } from './request/access.js';
import { accessOf } from './request/settings.js';

const KEPT_AT_MOST = 10_000;

export class SettingsShelf {
  private readonly kept = new Map<string, { version: number; settings: object }>();
  private readonly accesses = new Map<string, { sealed: string; access: Access }>();

  /** @throws InvalidSettings */
  of(protocol: Protocol, destination: Destination): object {
    const version = destination.updatedAt.getTime();
    const known = this.kept.get(destination.id);
    if (known?.version === version) return known.settings;
    const settings = parseSettings(protocol, destination.settings);
    if (this.kept.size >= KEPT_AT_MOST) this.kept.clear();
    this.kept.set(destination.id, { version, settings });
    return settings;
  }

  /** With what its requests are made. @throws SealBroken with another secret key. */
  accessOf(destination: Destination, destinations: Destinations): Access {
    const { id, requestSealed: sealed } = destination;
    if (!sealed) return { destinationId: id };
    const known = this.accesses.get(id);
    if (known?.sealed === sealed) return known.access;
    const access = accessOf(id, destinations.requestOf(destination));
    if (this.accesses.size >= KEPT_AT_MOST) this.accesses.clear();
    this.accesses.set(id, { sealed, access });
    return access;
  }
}
