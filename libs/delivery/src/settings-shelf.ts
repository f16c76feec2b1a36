/** Parsed settings of destinations, kept until a person changes them: the router looks at each for every batch of events. */
import type { Destination } from '@app/tenancy';
import { parseSettings } from './parse-settings.js';
import type { Protocol } from './protocol.js';

const KEPT_AT_MOST = 10_000;

export class SettingsShelf {
  private readonly kept = new Map<string, { version: number; settings: object }>();

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
}
